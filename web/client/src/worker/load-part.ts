import { SealpostError } from "../errors.js";

/** How often scripts failed to load. */
const failures: Record<string, number> = {};

/**
 * Imports the script of a part that is loaded when it is first used. Browsers may remember for good that a URL could not be imported, so that the next try
 * needs another; the fragment stays with the browser.
 */
export async function importPart(script: string, what: string): Promise<unknown> {
  const failed = failures[script] ?? 0;
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ failed === 0 ? script : `${script}#${failed}`);
  } catch (error) {
    failures[script] = failed + 1;
    throw new SealpostError("load", `the code of ${what} could not be loaded`, { cause: error });
  }
}
