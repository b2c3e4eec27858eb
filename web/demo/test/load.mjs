import { runnerImport } from "vite";

/** Loads one of the demo's TypeScript modules as Vite would. */
export async function load(path) {
  const { module } = await runnerImport(`./src/${path}`, { configFile: false, root: new URL("..", import.meta.url).pathname, logLevel: "error" });
  return module;
}
