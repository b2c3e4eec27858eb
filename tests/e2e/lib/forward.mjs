// A server in front of others: what is common to every proxy of the tests that knows HTTP.
import { request } from "node:http";
import { connect } from "node:net";

/** Hands a request to the server at `port`, and its answer back. Whoever goes first takes the other along. */
export function forward(incoming, answer, port) {
  const { method, url: path, headers } = incoming;
  const onwards = request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
    answer.writeHead(response.statusCode, response.headers);
    response.pipe(answer);
    response.on("error", () => answer.destroy());
  });
  onwards.on("error", () => answer.destroy());
  incoming.on("error", () => onwards.destroy());
  incoming.pipe(onwards);
}

/** Serves at `port` until the test ends; WebSockets go to the server at `relayPort`. */
export async function serveBefore(t, server, port, relayPort) {
  server.on("upgrade", (incoming, socket, head) => {
    const relay = connect(relayPort, "127.0.0.1", () => {
      const headers = incoming.rawHeaders.reduce((lines, part, index) => lines + (index % 2 === 0 ? `${part}: ` : `${part}\r\n`), "");
      relay.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers}\r\n`);
      relay.write(head);
      relay.pipe(socket).pipe(relay);
    });
    const both = [relay, socket];
    for (const end of both) for (const event of ["error", "close"]) end.on(event, () => both.forEach((each) => each.destroy()));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
}
