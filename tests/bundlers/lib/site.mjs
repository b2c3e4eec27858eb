// Pages of an application and the relay's API at one origin, as behind a reverse proxy.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { forward, serveBefore } from "../../e2e/lib/forward.mjs";

/** The policy that applications are to have; nothing more is allowed. */
export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".css": "text/css" };
const OF_RELAY = /^\/(api|hub|hubs|communicationHub)\b/i;

/**
 * @param {number} port
 * @param {number} relayPort
 * @param {{ folder: string } | { upstream: number }} pages files, or the port of a server that renders them
 */
export async function serveSite(t, port, relayPort, pages) {
  const server = createServer((incoming, answer) => {
    if (OF_RELAY.test(incoming.url)) forward(incoming, answer, relayPort);
    else if (pages.upstream !== undefined) forward(incoming, answer, pages.upstream);
    else void file(pages.folder, incoming, answer);
  });
  await serveBefore(t, server, port, relayPort);
}

async function file(folder, incoming, answer) {
  const { pathname } = new URL(incoming.url, "http://site.invalid");
  const path = normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
  try {
    const bytes = await readFile(join(folder, path));
    answer.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream", "Content-Security-Policy": POLICY });
    answer.end(bytes);
  } catch {
    answer.writeHead(404, { "Content-Security-Policy": POLICY }).end();
  }
}
