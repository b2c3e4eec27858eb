import { SealpostError } from "../errors.js";

/** What stands behind the URLs of scripts that failed to load: a fragment, longer with every failure. */
const fragments: Record<string, string> = {};

/**
 * Imports the script of a part that is loaded when it is first used. Browsers may remember for good that a URL could not be imported, so that the next try
 * needs another; the fragment stays with the browser.
 */
export async function importPart(script: string, what: string): Promise<unknown> {
  const fragment = fragments[script] ?? "";
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ script + fragment);
  } catch (error) {
    fragments[script] = `${fragment === "" ? "#" : fragment}x`;
    throw new SealpostError("load", `the code of ${what} could not be loaded`, { cause: error });
  }
}
