import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = [];

process.once("exit", () => {
  for (const folder of folders) {
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    } catch (error) {
      console.warn(`${folder} was not removed: ${error.message}`);
    }
  }
});

/**
 * A folder that is removed when this process ends: after browsers and relays that write into it, in whatever order a test's hooks end them.
 * @param {string} name what its own begins with
 * @param {string} [parent]
 */
export function temporaryFolder(name, parent = tmpdir()) {
  const folder = mkdtempSync(join(parent, `sealpost-${name}-`));
  folders.push(folder);
  return folder;
}
