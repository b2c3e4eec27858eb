import { DeviceHandle } from "../wasm-gen/crypto.js";
import { type Account, accountHandle } from "./account.js";
import { checkBoolean, checkBytes, checkCount, checkDeviceId, checkObject, checkTime } from "./arguments.js";
import { dispose, Handle, taking, translate } from "./handle.js";
import { assertReady } from "./load.js";

/** Which prekeys to make. */
export interface PreKeyOptions {
  /** Number of one-time prekeys; 0 by default. */
  readonly oneTime?: number | undefined;
  /** Number of one-time KEM prekeys; 0 by default. */
  readonly kem?: number | undefined;
  /** Whether to replace the signed prekey and the last-resort KEM prekey; false by default. */
  readonly rotate?: boolean | undefined;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
}

/** New prekeys in their encodings, for the relay. Without `rotate` the first two are absent. */
export interface PreKeys {
  readonly signedPreKey?: Uint8Array;
  readonly kemLastResort?: Uint8Array;
  readonly oneTimePreKeys: Uint8Array[];
  readonly kemPreKeys: Uint8Array[];
}

let construct: (object: DeviceHandle) => Device;
let reveal: (device: Device) => Handle<DeviceHandle>;

/** A device: its identity key, its prekeys, and the memory of first messages that it accepted. */
export class Device {
  readonly #handle: Handle<DeviceHandle>;

  static {
    construct = (object) => new Device(object);
    reveal = (device) => device.#handle;
  }

  private constructor(object: DeviceHandle) {
    if (!(object instanceof DeviceHandle)) throw new TypeError("use Device.create() or Device.import()");
    this.#handle = new Handle(object);
  }

  /** A new device of an account. `userId` has 16 bytes, `createdAtMs` is in Unix milliseconds. */
  static create(account: Account, userId: Uint8Array, deviceId: number, createdAtMs: number): Device {
    const handle = accountHandle(account);
    checkBytes(userId, "userId", 16);
    checkDeviceId(deviceId, "deviceId");
    checkTime(createdAtMs, "createdAtMs");
    return construct(handle.use((object) => DeviceHandle.create(object, userId, deviceId, createdAtMs)));
  }

  /** Restores what {@link Device.export} gave. Throws `decode` for anything else. */
  static import(state: Uint8Array): Device {
    checkBytes(state, "state");
    assertReady();
    return construct(translate(() => DeviceHandle.import(state)));
  }

  /** The encoded DeviceCertificate. */
  get certificate(): Uint8Array {
    return this.#handle.use((object) => object.certificate());
  }

  /** Makes prekeys and keeps their private halves. */
  generatePreKeys(options: PreKeyOptions): PreKeys {
    const { oneTime = 0, kem = 0, rotate = false, createdAtMs } = checkObject(options, "options") as PreKeyOptions;
    checkCount(oneTime, "oneTime");
    checkCount(kem, "kem");
    checkBoolean(rotate, "rotate");
    checkTime(createdAtMs, "createdAtMs");
    return this.#handle.use((object) =>
      taking(object.generatePreKeys(oneTime, kem, rotate, createdAtMs), (made): PreKeys => {
        const signedPreKey = made.signedPreKey();
        const kemLastResort = made.kemLastResort();
        return {
          ...(signedPreKey === undefined ? {} : { signedPreKey }),
          ...(kemLastResort === undefined ? {} : { kemLastResort }),
          oneTimePreKeys: made.oneTimePreKeys() as Uint8Array[],
          kemPreKeys: made.kemPreKeys() as Uint8Array[],
        };
      }),
    );
  }

  /**
   * Deletes signed and last-resort prekeys whose replacement was made more than 30 days before `nowMs`, and the memory of
   * first messages that named such a signed prekey.
   */
  expirePreKeys(nowMs: number): void {
    checkTime(nowMs, "nowMs");
    this.#handle.use((object) => object.expirePreKeys(nowMs));
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

/** The handle of a device that a caller passed. */
export function deviceHandle(device: unknown): Handle<DeviceHandle> {
  if (!(device instanceof Device)) throw new TypeError("device must be a Device");
  return reveal(device);
}
