// The test vectors, and devices made of their private keys.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { resolve } from "node:path";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const folder = resolve(root, process.env.SEALPOST_VECTORS ?? "tests/vectors");

export const vectors = (name) => JSON.parse(readFileSync(resolve(folder, name), "utf8"));

export const unhex = (text) => Uint8Array.from(Buffer.from(text, "hex"));
export const hex = (bytes) => Buffer.from(bytes).toString("hex");

/** The options of a vector; null is an option that is not given. */
export const expectations = ({ expected_account_key: key, expected_address: address }) => ({
  ...(key === null ? {} : { expectedAccountKey: unhex(key) }),
  ...(address === null ? {} : { expectedAddress: { userId: unhex(address.user_id), deviceId: address.device_id } }),
});

const integer = (value, bytes) => BigInt(value).toString(16).padStart(2 * bytes, "0");

function list(items) {
  const content = items.join("");
  const length = content.length / 2;
  if (length < 64) return integer(length, 1) + content;
  return (length < 16_384 ? integer(length | 0x4000, 2) : integer(length + 0x80000000, 4)) + content;
}

const byId = (a, b) => a.id - b.id;

/** The exported state of a vector's device, as `Device.import` takes it. */
export function deviceState(device) {
  const signed = device.signed_prekey;
  const [id, createdAt, publicKey] = [signed.encoded.slice(0, 8), signed.encoded.slice(8, 24), signed.encoded.slice(24, 88)];
  const kem = [...device.kem_prekeys].sort(byId);
  return unhex(
    [
      "01",
      device.certificate,
      device.identity_seed,
      list([id, createdAt, signed.private, publicKey, list([])]),
      list(kem.filter((key) => key.last_resort === 1).map((key) => integer(key.id, 4) + createdAt + key.seed)),
      list([...device.one_time_prekeys].sort(byId).map((key) => integer(key.id, 4) + key.private)),
      list(kem.filter((key) => key.last_resort === 0).map((key) => integer(key.id, 4) + key.seed)),
    ].join(""),
  );
}
