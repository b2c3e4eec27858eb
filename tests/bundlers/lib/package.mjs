import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { inRoot } from "../../../.dev/lib/paths.mjs";
import { temporaryFolder } from "../../e2e/lib/folder.mjs";

/** Packs the package as it would be published, into a file. */
export function pack(folder) {
  const output = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: inRoot("web/client"), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const [{ filename }] = [JSON.parse(output)].flatMap((answer) => (Array.isArray(answer) ? answer : Object.values(answer)));
  return join(folder, filename);
}

/** An application's folder inside the repository, where it finds bundlers and React, with a packed package of its own. */
export function installed(name) {
  mkdirSync(inRoot("target/bundlers"), { recursive: true });
  const folder = temporaryFolder(name, inRoot("target/bundlers"));
  const tarball = pack(folder);
  const place = join(folder, "node_modules/sealpost");
  mkdirSync(dirname(place), { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", folder]);
  renameSync(join(folder, "package"), place);
  rmSync(tarball);
  return folder;
}
