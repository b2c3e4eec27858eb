// Short names for what a module imports. The long ones, with a hash in each, are carried twice: in the module and in its glue.

/**
 * Renames the imports in the glue that wasm-bindgen made.
 * @param {string} glue
 * @param {string} log what `wasm-opt --minify-imports` prints: `{"imports": [[module, name, short name]]}`
 */
export function renameImports(glue, log) {
  const names = new Map(JSON.parse(log).imports.map(([, name, short]) => [name, short]));
  const renamed = glue.replace(/^( +)(\w+)(?=: )/gm, (whole, indent, name) => {
    const short = names.get(name);
    if (short === undefined) return whole;
    names.delete(name);
    return `${indent}${short}`;
  });
  if (names.size > 0) throw new Error(`the glue does not have ${[...names.keys()].join(", ")}`);
  return renamed;
}
