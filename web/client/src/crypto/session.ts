import { SessionHandle, type StartedHandle } from "../wasm-gen/crypto.js";
import { type Address, checkBytes, checkExpectations, checkString, type Expectations } from "./arguments.js";
import { type Device, deviceHandle } from "./device.js";
import { dispose, Handle, taking, translate } from "./handle.js";
import { assertReady } from "./load.js";

/** Which structure the bytes of a message encode: PreKeyMessage or RatchetMessage. */
export type EnvelopeKind = "prekey" | "ratchet";

/** An encoded message, and of which kind it is: both go to the recipient. */
export interface EncryptedMessage {
  readonly kind: EnvelopeKind;
  readonly bytes: Uint8Array;
}

/** The other device of a session, as certified when the session was made. */
export interface Peer extends Address {
  readonly accountKey: Uint8Array;
  readonly identityKey: Uint8Array;
}

let construct: (object: SessionHandle) => Session;

// API-1
/** A session with a peer device. Any bytes can be encrypted; padding and content belong to the layer above. */
export class Session {
  readonly #handle: Handle<SessionHandle>;

  static {
    construct = (object) => new Session(object);
  }

  private constructor(object: SessionHandle) {
    if (!(object instanceof SessionHandle)) throw new TypeError("use Session.initiate(), Session.accept() or Session.import()");
    this.#handle = new Handle(object);
  }

  /** Begins a session with the device of an encoded PreKeyBundle. `message` is an encoded PreKeyMessage. */
  static initiate(device: Device, bundle: Uint8Array, plaintext: Uint8Array, options?: Expectations): { session: Session; message: Uint8Array } {
    const handle = deviceHandle(device);
    checkBytes(bundle, "bundle");
    checkBytes(plaintext, "plaintext");
    const expected = checkExpectations(options);
    const { session, output } = handle.use((object) => started(SessionHandle.initiate(object, bundle, plaintext, ...expected)));
    return { session, message: output };
  }

  /** Makes the session of a first message, an encoded PreKeyMessage. Uses up the one-time prekeys that it names. */
  static accept(device: Device, preKeyMessage: Uint8Array, options?: Expectations): { session: Session; plaintext: Uint8Array } {
    const handle = deviceHandle(device);
    checkBytes(preKeyMessage, "preKeyMessage");
    const expected = checkExpectations(options);
    const { session, output } = handle.use((object) => started(SessionHandle.accept(object, preKeyMessage, ...expected)));
    return { session, plaintext: output };
  }

  /** Restores what {@link Session.export} gave. Throws `decode` for anything else. */
  static import(state: Uint8Array): Session {
    checkBytes(state, "state");
    assertReady();
    return construct(translate(() => SessionHandle.import(state)));
  }

  /** The other device. */
  get peer(): Peer {
    return this.#handle.use((object) => ({
      userId: object.peerUserId(),
      deviceId: object.peerDeviceId(),
      accountKey: object.peerAccountKey(),
      identityKey: object.peerIdentityKey(),
    }));
  }

  /** Encrypts one message and moves the sending chain on. The session changed: export it before the message leaves this device. */
  encrypt(plaintext: Uint8Array): EncryptedMessage {
    checkBytes(plaintext, "plaintext");
    return this.#handle.use((object) =>
      taking(object.encrypt(plaintext), (envelope) => ({ kind: envelope.kind() as EnvelopeKind, bytes: envelope.bytes() })),
    );
  }

  /** The plaintext, or throws; then nothing has changed. */
  decrypt(kind: EnvelopeKind, bytes: Uint8Array): Uint8Array {
    checkString(kind, "kind");
    checkBytes(bytes, "bytes");
    return this.#handle.use((object) => object.decrypt(kind, bytes));
  }

  /** The secret state, for the caller's own storage. The same state gives the same bytes. */
  export(): Uint8Array {
    return this.#handle.use((object) => object.export());
  }

  /** Frees and wipes the keys now instead of whenever this object is collected. */
  [dispose](): void {
    this.#handle.free();
  }
}

function started(handle: StartedHandle): { session: Session; output: Uint8Array } {
  return taking(handle, (made) => ({ output: made.output(), session: construct(made.session()) }));
}
