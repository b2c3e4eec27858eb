// A user with one device, as the relay sees it: registered and logged in over HTTP.
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { keyPair, signed, signWithLabel, uint32, uint64, uint8, uuid, vector } from "./encoding.mjs";

const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
/** Bytes of an ML-KEM-1024 encapsulation key: 4 · 256 coefficients of 12 bits, then a seed. */
const KEM_COEFFICIENTS = 1536;

export class Device {
  #account = keyPair("ed25519");
  #identity = keyPair("ed25519");
  #relay;
  deviceId = randomInt(1, 2 ** 31);
  token = "";

  constructor(relay, username, userId = randomUUID()) {
    this.#relay = relay;
    this.username = username;
    this.userId = userId;
  }

  /** A new user's device, registered and logged in. */
  static async register(relay, username) {
    const device = new Device(relay, username);
    const { id, deviceList, certificates } = device.document();
    await device.post("/api/users", { id, username, deviceList, certificate: certificates[0], preKeys: device.#preKeys() });
    await device.#logIn();
    return device;
  }

  /** What a relay that has this device tells of its user. */
  document() {
    return {
      id: this.userId,
      username: this.username,
      accountKey: base64url(this.#account.publicKey),
      deviceList: base64url(this.#deviceList()),
      certificates: [base64url(this.#certificate())],
    };
  }

  /** Calls the relay; the answer's JSON, or undefined without a body. */
  async call(method, path, body) {
    const headers = { "content-type": "application/json", ...(this.token && { authorization: `Bearer ${this.token}` }) };
    const response = await fetch(this.#relay.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  post(path, body) {
    return this.call("POST", path, body);
  }

  /** Begins a conversation with `others`; its id. */
  async converse(...others) {
    const id = randomUUID();
    await this.post("/api/conversations", { id, participantIds: others.map(({ userId }) => userId) });
    return id;
  }

  /** Sends `content` to one device. */
  send(conversationId, { userId, deviceId }, content) {
    const envelopes = [{ userId, deviceId, kind: "ratchet", content: base64url(content) }];
    return this.post("/api/messages", { messageId: randomUUID(), conversationId, recipients: [userId], envelopes });
  }

  #certificate() {
    const { publicKey } = this.#identity;
    const address = [uuid(this.userId), uint32(this.deviceId)];
    return signed(this.#account, "device certificate", uint8(1), ...address, this.#account.publicKey, publicKey, uint64(Date.now()));
  }

  #deviceList() {
    const head = [uint8(1), uuid(this.userId), this.#account.publicKey, uint64(1), uint64(Date.now()), Buffer.alloc(32)];
    const devices = vector(Buffer.concat([uint32(this.deviceId), this.#identity.publicKey]));
    return signed(this.#account, "device list", ...head, devices);
  }

  /** No one-time keys. The KEM key is a well-formed one to which nobody has the private half: nobody here encrypts. */
  #preKeys() {
    const now = uint64(Date.now());
    const id = () => uint32(randomInt(1, 2 ** 31));
    const kem = vector(Buffer.concat([Buffer.alloc(KEM_COEFFICIENTS), randomBytes(32)]));
    return {
      signedPreKey: base64url(signed(this.#identity, "signed prekey", id(), now, keyPair("x25519").publicKey)),
      kemLastResort: base64url(signed(this.#identity, "kem prekey", id(), now, uint8(1), kem)),
      oneTimePreKeys: [],
      kemPreKeys: [],
    };
  }

  async #logIn() {
    const address = { userId: this.userId, deviceId: this.deviceId };
    const { challenge, expiresAt } = await this.post("/api/auth/challenge", address);
    const origin = this.#relay.url;
    const fields = [vector(Buffer.from(origin)), Buffer.from(challenge, "base64url"), uuid(this.userId), uint32(this.deviceId), uint64(expiresAt)];
    const signature = base64url(signWithLabel(this.#identity, "relay auth", Buffer.concat(fields)));
    const { accessToken } = await this.post("/api/auth/token", { ...address, challenge, origin, signature });
    this.token = accessToken;
  }
}
