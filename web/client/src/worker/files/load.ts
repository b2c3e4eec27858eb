import { importPart } from "../load-part.js";
import type { FilesModule, LoadFiles } from "./part.js";

/** The code of files is loaded with the first one. Bundlers recognise the URL as that of a file to be copied. */
export function filesLoader(url: string | undefined): LoadFiles {
  return async (parts) => {
    const script = url ?? new URL("./files.js", import.meta.url).href;
    return ((await importPart(script, "files")) as FilesModule).start(parts);
  };
}
