import { SealpostError } from "../../errors.js";
import type { FilesModule, LoadFiles } from "./part.js";

/** The code of files is loaded with the first one. Bundlers recognise the URL as that of a file to be copied. */
export function filesLoader(url: string | undefined): LoadFiles {
  return async (parts) => {
    const script = url ?? new URL("./files.js", import.meta.url).href;
    try {
      return ((await import(/* @vite-ignore */ /* webpackIgnore: true */ script)) as FilesModule).start(parts);
    } catch (error) {
      throw new SealpostError("load", "the code of files could not be loaded", { cause: error });
    }
  };
}
