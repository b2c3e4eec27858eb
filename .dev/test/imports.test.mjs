import assert from "node:assert/strict";
import { test } from "node:test";
import { renameImports } from "../lib/imports.mjs";

const glue = `function imports() {
    const import0 = {
        __proto__: null,
        __wbg_get_0123456789abcdef: function(arg0) {
            return get({ name: arg0 });
        },
        __wbg_log_fedcba9876543210: log,
    };
}
`;
const log = (...names) => JSON.stringify({ imports: names.map(([name, short]) => ["./x.js", name, short]) });

test("renames each import once, and nothing else", () => {
  const renamed = renameImports(glue, log(["__wbg_get_0123456789abcdef", "a"], ["__wbg_log_fedcba9876543210", "$b"]));
  assert.equal(renamed, glue.replace("__wbg_get_0123456789abcdef", "a").replace("__wbg_log_fedcba9876543210", "$b"));
});

test("an import that the glue does not have is an error", () => {
  assert.throws(() => renameImports(glue, log(["__wbg_set_0123456789abcdef", "a"])), /does not have __wbg_set_0123456789abcdef/);
});
