/** matrix-sdk-crypto-wasm with its own IndexedDB store: encrypted to-device events, its counterpart of a message to a device. */
import { DecryptionSettings, DeviceId, DeviceLists, initAsync, OlmMachine, RequestType, TrustRequirement, UserId } from "/matrix/index.mjs";

export const load = () => initAsync();

/** Where uploaded keys are, by user. */
async function upload(machine) {
  for (const request of await machine.outgoingRequests()) {
    if (request.type !== RequestType.KeysUpload) continue;
    const body = JSON.parse(request.body);
    await machine.markRequestAsSent(request.id, request.type, '{"one_time_key_counts":{"signed_curve25519":50}}');
    return body;
  }
  throw new Error("no keys are uploaded");
}

export async function machine(name) {
  const [user, device] = [`@${name}:bench`, name.toUpperCase()];
  const made = await OlmMachine.initialize(new UserId(user), new DeviceId(device), `matrix-${name}-${crypto.randomUUID()}`);
  return { machine: made, user, device, keys: await upload(made) };
}

async function know(from, to) {
  const query = from.machine.queryKeysForUsers([new UserId(to.user)]);
  const keys = { device_keys: { [to.user]: { [to.device]: to.keys.device_keys } }, failures: {} };
  await from.machine.markRequestAsSent(query.id, query.type, JSON.stringify(keys));
}

async function claim(from, to) {
  const request = await from.machine.getMissingSessions([new UserId(to.user)]);
  const [[id, key]] = Object.entries(to.keys.one_time_keys);
  const claimed = { one_time_keys: { [to.user]: { [to.device]: { [id]: key } } }, failures: {} };
  await from.machine.markRequestAsSent(request.id, request.type, JSON.stringify(claimed));
}

export async function encrypt(from, to, text) {
  to.known ??= {};
  const device = (to.known[from.user] ??= await from.machine.getDevice(new UserId(to.user), new DeviceId(to.device)));
  const content = JSON.parse(await device.encryptToDeviceEvent("m.bench", { body: text }));
  return { sender: from.user, type: "m.room.encrypted", content };
}

/** Takes events in, in one call. */
export async function receive(to, events) {
  const settings = new DecryptionSettings(TrustRequirement.Untrusted);
  const read = await to.machine.receiveSyncChanges(JSON.stringify(events), new DeviceLists(), new Map([["signed_curve25519", 50]]), undefined, settings);
  for (const { rawEvent } of read) if (JSON.parse(rawEvent).type !== "m.bench") throw new Error("an event was not decrypted");
}

/** Two who have written to each other. */
export async function pair() {
  const [alice, bob] = [await machine("alice"), await machine("bob")];
  await know(alice, bob);
  await know(bob, alice);
  await claim(alice, bob);
  await receive(bob, [await encrypt(alice, bob, "hello")]);
  await receive(alice, [await encrypt(bob, alice, "hello")]);
  return { alice, bob };
}
