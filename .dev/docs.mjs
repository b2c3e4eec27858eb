// `npm run docs`: the package's reference, from its documentation comments, into target/docs.
//   npm run docs -- --check      only says what is missing in it
import { join } from "node:path";
import { Application, TSConfigReader } from "typedoc";
import { Failure, main, say } from "./lib/run.mjs";
import { inRoot, targetDir } from "./lib/paths.mjs";
import { build } from "./build.mjs";
import { forBuild, setup } from "./setup.mjs";

const folder = join(targetDir, "docs");

/** Every public item has words, and every link in them leads somewhere. */
const options = {
  name: "sealpost",
  entryPoints: [inRoot("web/client/src/index.ts"), inRoot("web/client/src/crypto.ts"), inRoot("web/client/src/react.ts")],
  tsconfig: inRoot("web/client/tsconfig.json"),
  readme: inRoot("web/client/README.md"),
  excludePrivate: true,
  excludeInternal: true,
  disableSources: true,
  hideGenerator: true,
  requiredToBeDocumented: ["Class", "Interface", "TypeAlias", "Function", "Method", "Accessor", "Enum", "Variable"],
  validation: { notExported: false, invalidLink: true, invalidPath: false, notDocumented: true },
  treatValidationWarningsAsErrors: true,
};

await main(async () => {
  await setup(forBuild);
  await build(["wasm", "client"]);
  const application = await Application.bootstrap(options, [new TSConfigReader()]);
  const project = await application.convert();
  if (project === undefined) throw new Failure("the package's types do not compile");
  application.validate(project);
  if (application.logger.hasErrors() || application.logger.hasWarnings()) throw new Failure("the reference is incomplete");
  if (process.argv.includes("--check")) return say("every public item is documented");
  await application.generateDocs(project, folder);
  return say(`The reference is ${join(folder, "index.html")}`);
});
