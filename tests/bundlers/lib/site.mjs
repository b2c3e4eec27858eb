// Pages of an application and the relay's API at one origin, as behind a reverse proxy.
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { extname, join, normalize } from "node:path";

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
  server.on("upgrade", (incoming, socket, head) => {
    const relay = connect(relayPort, "127.0.0.1", () => {
      const headers = incoming.rawHeaders.reduce((lines, part, index) => lines + (index % 2 === 0 ? `${part}: ` : `${part}\r\n`), "");
      relay.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers}\r\n`);
      relay.write(head);
      relay.pipe(socket).pipe(relay);
    });
    for (const end of [relay, socket]) end.on("error", () => [relay, socket].forEach((each) => each.destroy()));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
}

function forward(incoming, answer, port) {
  const { method, url: path, headers } = incoming;
  const onwards = request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
    answer.writeHead(response.statusCode, response.headers);
    response.pipe(answer);
  });
  onwards.on("error", () => answer.destroy());
  incoming.pipe(onwards);
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
