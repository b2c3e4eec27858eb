// Values that no honest relay sends.
import fc from "fast-check";

/** Every place in a value, as a path of names. */
export function places(value, path = []) {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => places(inner, [...path, name]))];
}

/** A copy with another value in one place. */
export function replaced(value, [name, ...rest], other) {
  if (name === undefined) return other;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[name] = replaced(value[name], rest, other);
  return copy;
}

export const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true, withTypedArray: true, withObjectString: true });
export const hostile = fc.oneof(anything, fc.json().map((text) => JSON.parse(text)), fc.constantFrom("__proto__", JSON.parse('{"__proto__":{"polluted":1}}')));

/** Whether every object in a value is plain and of our own making. */
export function isPlain(value) {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return true;
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || Array.isArray(value)) && !Object.hasOwn(value, "__proto__") && Object.values(value).every(isPlain);
}

/** JSON with members in every object that are named like those of every object. */
export function poisoned(value) {
  const poison = '"__proto__":{"polluted":1,"toString":1},"constructor":{"prototype":{"polluted":1}}';
  return JSON.stringify(value).replaceAll(/\{(?=")/g, `{${poison},`);
}
