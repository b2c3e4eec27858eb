// Between browsers and relay: keeps what is sent, as the relay gets it.
import { createServer } from "node:http";
import { forward, serveBefore } from "../../e2e/lib/forward.mjs";

/** Serves the relay at another port. `onEnvelopes` is given the envelopes of each message that somebody asks the relay to store, in whole. */
export async function recordingProxy(t, port, relayPort, onEnvelopes) {
  const server = createServer((incoming, answer) => {
    const body = [];
    incoming.on("data", (chunk) => body.push(chunk));
    incoming.on("end", () => {
      if (incoming.method === "POST" && incoming.url === "/api/messages") onEnvelopes(JSON.parse(Buffer.concat(body)).envelopes);
    });
    forward(incoming, answer, relayPort);
  });
  await serveBefore(t, server, port, relayPort);
}
