// Leaves out of the worker what libraries carry for other platforms and for options that Sealpost does not use.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import ts from "typescript";

/** Classes of SignalR for transports, clients and protocols other than ours: MessagePack over WebSockets, negotiated by `fetch`. */
const unused = ["JsonHubProtocol", "LongPollingTransport", "MessageBuffer", "ServerSentEventsTransport", "XhrHttpClient"];

/** Options of esbuild for code that runs in dedicated workers of browsers only. */
export const trimmed = {
  plugins: [{ name: "trim", setup: trim }],
  // The package's entry is ES5.
  alias: { "@msgpack/msgpack": "@msgpack/msgpack/src/index.ts" },
  // What workers do not have, so that the code for pages, Node and bundlers falls away.
  define: Object.fromEntries(["window", "document", "process", "require", "__webpack_require__"].map((name) => [name, "undefined"])),
  // SignalR's private members; those of wasm-bindgen begin with two underscores and are named in the module.
  mangleProps: /^_[a-z]/,
};

function trim(build) {
  const found = new Set();
  build.onLoad({ filter: /\/@microsoft\/signalr[^/]*\/dist\/esm\/\w+\.js$/ }, async ({ path }) => {
    const name = basename(path, ".js");
    if (!unused.includes(name)) return { contents: withoutLog(path, await readFile(path, "utf8")) };
    found.add(name);
    return { contents: `export class ${name} { constructor() { throw new Error("${name} is left out of Sealpost"); } }` };
  });
  build.onEnd(() => {
    const missing = unused.filter((name) => !found.has(name));
    return missing.length > 0 ? { errors: [{ text: `SignalR has no ${missing.join(", ")} any more: adapt trim.mjs` }] } : {};
  });
}

/**
 * SignalR without the statements that write its log, which is turned off: it would carry URLs with the token in them.
 * @param {string} path the module's
 * @param {string} code
 */
export function withoutLog(path, code) {
  const source = ts.createSourceFile(path, code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  let kept = "";
  let end = 0;
  const visit = (node) => {
    const isLog = ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) && /^(this\._)?logger\.log$/.test(node.expression.expression.getText());
    if (!isLog) return ts.forEachChild(node, visit);
    kept += `${code.slice(end, node.getStart())};`;
    end = node.getEnd();
  };
  visit(source);
  return kept + code.slice(end);
}
