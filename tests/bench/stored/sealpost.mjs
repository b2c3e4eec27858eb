/** The engine of conversations on IndexedDB, with a relay that is a few functions in this page: no network and no other thread is on the clock. */
import initialize, { Engine } from "/engine/sealpost.js";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const joined = (parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
/** Where the account key is in an encoded DeviceList: after the version and the user id. */
const ACCOUNT_KEY = [17, 49];

export const load = () => initialize({ module_or_path: "/engine/sealpost_bg.wasm" });

/** Somebody with a database of their own. */
export class Person {
  static async register(name) {
    const person = new Person();
    person.database = `bench-${name}-${crypto.randomUUID()}`;
    person.engine = await Engine.open(person.database, undefined);
    const { id, username, deviceList, certificate, preKeys } = await person.call("beginRegistration", name, Date.now());
    const me = await person.call("registrationAccepted");
    const list = bytes(deviceList);
    person.address = { userId: me.userId, deviceId: me.deviceId };
    person.document = { id, username, accountKey: list.slice(...ACCOUNT_KEY), deviceList: list, certificates: [bytes(certificate)] };
    person.preKeys = preKeys;
    person.certificate = bytes(certificate);
    person.seq = 0;
    return person;
  }

  call(method, ...given) {
    return this.engine.call(method, given);
  }

  bundle() {
    const { signedPreKey, oneTimePreKeys, kemPreKeys } = this.preKeys;
    const parts = [this.certificate, bytes(signedPreKey), Uint8Array.of(1), bytes(oneTimePreKeys.pop()), bytes(kemPreKeys.pop())];
    return { ...this.address, bundle: joined(parts) };
  }

  /** Sends what waits; gives the envelopes that went to `other`, as the relay hands them out. */
  async drain(other) {
    const sent = [];
    for (;;) {
      const { value: step } = await this.call("outboxStep", Date.now());
      if (step.type === "idle") return sent;
      if (step.type === "users") await this.call("learnUser", other.document, Date.now());
      if (step.type === "bundles") await this.call("addBundles", [other.bundle()], [], Date.now());
      if (step.type !== "request") continue;
      const { entry, path, body } = step.request;
      if (path === "/api/messages") sent.push(...body.envelopes.map((envelope) => this.#envelope(body, envelope)));
      await this.call("outboxAccepted", entry, Date.now());
    }
  }

  /** Takes envelopes in, in one commit. */
  async receive(sent) {
    const items = sent.map((envelope) => ({ seq: (this.seq += 1), envelope }));
    const { value } = await this.call("receive", items, Date.now());
    if (value.users.length > 0) throw new Error("somebody is not known");
  }

  #envelope({ messageId, conversationId }, { kind, content }) {
    return { messageId, conversationId, sender: this.address, kind, content: bytes(content), storedAt: Date.now() };
  }
}

/** Two who have written to each other, and their conversation. */
export async function pair() {
  const [alice, bob] = [await Person.register("alice"), await Person.register("bob")];
  await alice.call("learnUser", bob.document, Date.now());
  await bob.call("learnUser", alice.document, Date.now());
  const { value: conversation } = await alice.call("createConversation", [bob.address.userId], "", Date.now());
  await bob.receive(await alice.drain(bob));
  for (const [one, other] of [[bob, alice], [alice, bob]]) {
    await one.call("sendText", conversation.id, "hello", undefined, Date.now());
    await other.receive(await one.drain(other));
  }
  return { alice, bob, id: conversation.id };
}
