// Between browsers and relay: keeps what is sent, as the relay gets it.
import { createServer, request } from "node:http";
import { connect } from "node:net";

/** Serves the relay at another port. `onEnvelopes` is given the envelopes of each message that somebody asks the relay to store, in whole. */
export async function recordingProxy(t, port, relayPort, onEnvelopes) {
  const server = createServer((incoming, answer) => {
    const { method, url: path, headers } = incoming;
    const body = [];
    const onwards = request({ host: "127.0.0.1", port: relayPort, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode, response.headers);
      response.pipe(answer);
      response.on("error", () => answer.destroy());
    });
    onwards.on("error", () => answer.destroy());
    incoming.on("error", () => onwards.destroy());
    incoming.on("data", (chunk) => body.push(chunk));
    incoming.on("end", () => {
      if (method === "POST" && path === "/api/messages") onEnvelopes(JSON.parse(Buffer.concat(body)).envelopes);
    });
    incoming.pipe(onwards);
  });
  server.on("upgrade", (incoming, socket, head) => {
    const relay = connect(relayPort, "127.0.0.1", () => {
      const headers = incoming.rawHeaders.reduce((lines, part, index) => lines + (index % 2 === 0 ? `${part}: ` : `${part}\r\n`), "");
      relay.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers}\r\n`);
      relay.write(head);
      relay.pipe(socket).pipe(relay);
    });
    for (const end of [relay, socket]) end.on("error", () => [relay, socket].forEach((each) => each.destroy()));
    for (const end of [relay, socket]) end.on("close", () => [relay, socket].forEach((each) => each.destroy()));
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
}
