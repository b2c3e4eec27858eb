/** A WebAssembly object that a class of this module owns. It is freed with its owner, or at once by {@link Handle.free}. */
import { SealpostError } from "../errors.js";

interface Freeable {
  free(): void;
}

/** The key of a class's disposal; hosts without `using` have no such symbol of their own. */
export const dispose: typeof Symbol.dispose = (Symbol as { dispose?: typeof Symbol.dispose }).dispose ?? (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);

/** Names an error of the module. Anything else that it throws is the module's own fault and passes as it is. */
export function translate<T>(operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (error instanceof Error && error.name === "SealpostError") throw SealpostError.from(error);
    throw error;
  }
}

/** Frees a temporary object after its parts were taken. */
export function taking<T extends Freeable, U>(temporary: T, take: (temporary: T) => U): U {
  try {
    return take(temporary);
  } finally {
    temporary.free();
  }
}

const forgotten = new FinalizationRegistry<Freeable>((object) => object.free());

// API-5
/** Owns one object; no other owner may keep it. */
export class Handle<T extends Freeable> {
  #object: T | undefined;

  constructor(object: T) {
    this.#object = object;
    forgotten.register(this, object, this);
  }

  /** Runs an operation of the module on the object, with its errors named. */
  use<U>(operation: (object: T) => U): U {
    const object = this.#object;
    if (object === undefined) throw new SealpostError("closed", "this object was disposed of");
    return translate(() => operation(object));
  }

  /** Frees the object; a second time does nothing. */
  free(): void {
    const object = this.#object;
    if (object === undefined) return;
    this.#object = undefined;
    forgotten.unregister(this);
    object.free();
  }
}
