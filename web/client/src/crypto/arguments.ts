// API-3
/** Checks of what callers pass: a wrong type is a TypeError, a wrong length or range a RangeError (protocol §8). */

const UINT32_MAX = 2 ** 32 - 1;
/** So many one-time prekeys of a kind in one call. */
const MAX_COUNT = 65_535;

/** A device of a user: the user's id (16 bytes) and the device's, an unsigned 32-bit number. */
export interface Address {
  readonly userId: Uint8Array;
  readonly deviceId: number;
}

/** What the caller knows of the peer; what is not given may be anything. */
export interface Expectations {
  readonly expectedAccountKey?: Uint8Array | undefined;
  readonly expectedAddress?: Address | undefined;
}

const typedArrays = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** Knows a Uint8Array of any realm, as `instanceof` does not: the getter looks at what the value is, not at its prototypes. */
function isBytes(value: unknown): value is Uint8Array {
  return Reflect.get(typedArrays, Symbol.toStringTag, value) === "Uint8Array";
}

export function checkBytes(value: unknown, name: string, length?: number): Uint8Array {
  if (!isBytes(value)) throw new TypeError(`${name} must be a Uint8Array`);
  if (length !== undefined && value.length !== length) throw new RangeError(`${name} must have ${length} bytes`);
  return value;
}

function checkInteger(value: unknown, name: string, max: number): number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number`);
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`${name} must be an integer from 0 to ${max}`);
  return value;
}

export const checkDeviceId = (value: unknown, name: string): number => checkInteger(value, name, UINT32_MAX);
export const checkTime = (value: unknown, name: string): number => checkInteger(value, name, Number.MAX_SAFE_INTEGER);
export const checkContentType = (value: unknown, name: string): number => checkInteger(value, name, 255);
export const checkCount = (value: unknown, name: string): number => checkInteger(value, name, MAX_COUNT);

export function checkBoolean(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${name} must be a boolean`);
  return value;
}

export function checkString(value: unknown, name: string): string {
  if (typeof value !== "string") throw new TypeError(`${name} must be a string`);
  return value;
}

/** The value that a word stands for. */
export function checkChoice(value: unknown, name: string, choices: Readonly<Record<string, number>>): number {
  const choice = Object.hasOwn(choices, checkString(value, name)) ? choices[value as string] : undefined;
  if (choice === undefined) throw new RangeError(`${name} must be one of ${Object.keys(choices).join(", ")}`);
  return choice;
}

export function checkByteArrays(value: unknown, name: string): Uint8Array[] {
  if (!Array.isArray(value)) throw new TypeError(`${name} must be an array`);
  return value.map((item) => checkBytes(item, name));
}

export function checkAddress(value: unknown, name: string): Address {
  const { userId, deviceId } = checkObject(value, name) as Address;
  return { userId: checkBytes(userId, `${name}.userId`, 16), deviceId: checkDeviceId(deviceId, `${name}.deviceId`) };
}

export function checkObject(value: unknown, name: string): object {
  if (typeof value !== "object" || value === null) throw new TypeError(`${name} must be an object`);
  return value;
}

/** The parts of {@link Expectations} in the order in which the module takes them. */
export type Expected = readonly [accountKey: Uint8Array | undefined, userId: Uint8Array | undefined, deviceId: number | undefined];

// API-2
export function checkExpectations(value: unknown): Expected {
  if (value === undefined) return [undefined, undefined, undefined];
  const { expectedAccountKey, expectedAddress } = checkObject(value, "options") as Expectations;
  const accountKey = expectedAccountKey === undefined ? undefined : checkBytes(expectedAccountKey, "expectedAccountKey", 32);
  if (expectedAddress === undefined) return [accountKey, undefined, undefined];
  const { userId, deviceId } = checkObject(expectedAddress, "expectedAddress") as Address;
  return [accountKey, checkBytes(userId, "expectedAddress.userId", 16), checkDeviceId(deviceId, "expectedAddress.deviceId")];
}
