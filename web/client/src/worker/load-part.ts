import { SealpostError } from "../errors.js";

/** Imports the script of a part that is loaded when it is first used. */
export async function importPart(script: string, what: string): Promise<unknown> {
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ script);
  } catch (error) {
    throw new SealpostError("load", `the code of ${what} could not be loaded`, { cause: error });
  }
}
