// Lets tests import the sources as they are: TypeScript, with imports that name the `.js` they become.
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);
