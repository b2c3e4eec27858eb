// Leaves out of the worker what libraries carry for other platforms and for options that Sealpost does not use.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import ts from "typescript";

/** Classes of SignalR for transports, clients and protocols other than ours: MessagePack over WebSockets, negotiated by `fetch`. */
const unused = ["JsonHubProtocol", "LongPollingTransport", "MessageBuffer", "ServerSentEventsTransport", "XhrHttpClient"];

/** Methods, by the file of their class, that nothing of ours calls: streams, reconnecting, and decoding what comes in parts. */
const uncalled = {
  "HubConnection.js": ["stream", "send", "off", "onreconnecting", "onreconnected", "_reconnect", "_getNextRetryDelay", "_createStreamInvocation", "_createCancelInvocation"],
  "HubConnectionBuilder.js": ["withAutomaticReconnect", "withServerTimeout", "withKeepAliveInterval", "withStatefulReconnect"],
  "MessagePackHubProtocol.js": ["_writeStreamInvocation", "_writeStreamItem", "_writeCancelInvocation", "_writeAck", "_writeSequence"],
  "Decoder.ts": ["decodeMulti", "decodeAsync", "decodeStream", "decodeMultiAsync", "appendBuffer"],
  "Encoder.ts": ["encodeSharedRef"],
};

/** Options of esbuild for code that runs in dedicated workers of browsers only. */
export const trimmed = {
  plugins: [{ name: "trim", setup: trim }],
  // The package's entry is ES5.
  alias: { "@msgpack/msgpack": "@msgpack/msgpack/src/index.ts" },
  // What workers do not have, so that the code for pages, Node and bundlers falls away.
  define: Object.fromEntries(["window", "document", "process", "require", "__webpack_require__"].map((name) => [name, "undefined"])),
  // SignalR's private members; those of wasm-bindgen begin with two underscores and are named in the module.
  mangleProps: /^_[a-z]/,
  // What libraries write to the console about themselves.
  drop: ["console"],
};

function trim(build) {
  const found = new Set();
  build.onLoad({ filter: /\/@microsoft\/signalr[^/]*\/dist\/esm\/\w+\.js$/ }, async ({ path }) => {
    const name = basename(path, ".js");
    if (!unused.includes(name)) return { contents: withoutMethods(path, withoutLog(path, await readFile(path, "utf8")), uncalled[basename(path)]) };
    found.add(name);
    return { contents: `export class ${name} { constructor() { throw new Error("${name} is left out of Sealpost"); } }` };
  });
  build.onLoad({ filter: /\/@msgpack\/msgpack\/src\/\w+\.ts$/ }, async ({ path }) => {
    return { contents: withoutMethods(path, await readFile(path, "utf8"), uncalled[basename(path)]), loader: "ts" };
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
  return without(path, code, (node) => ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) && /^(this\._)?logger\.log$/.test(node.expression.expression.getText()));
}

/**
 * A class without some of its methods. Throws if it lacks one of them.
 * @param {string} path the module's
 * @param {string} code
 * @param {string[]} [names]
 */
export function withoutMethods(path, code, names = []) {
  const missing = new Set(names);
  const trimmed = without(path, code, (node) => {
    const isOne = ts.isMethodDeclaration(node) && names.includes(node.name.getText());
    if (isOne) missing.delete(node.name.getText());
    return isOne;
  });
  if (missing.size > 0) throw new Error(`${basename(path)} has no ${[...missing].join(", ")} any more: adapt trim.mjs`);
  return trimmed;
}

/** The code with an empty statement, or an empty member of a class, for each outermost node that `isUnwanted`. */
function without(path, code, isUnwanted) {
  const kind = path.endsWith(".ts") ? ts.ScriptKind.TS : ts.ScriptKind.JS;
  const source = ts.createSourceFile(path, code, ts.ScriptTarget.ES2022, true, kind);
  let kept = "";
  let end = 0;
  const visit = (node) => {
    if (!isUnwanted(node)) return ts.forEachChild(node, visit);
    kept += `${code.slice(end, node.getStart())};`;
    end = node.getEnd();
  };
  visit(source);
  return kept + code.slice(end);
}
