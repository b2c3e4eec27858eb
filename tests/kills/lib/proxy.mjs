// Between browsers and relay: keeps what is sent, as the relay gets it.
import { createServer } from "node:http";
import { forward, serveBefore } from "../../e2e/lib/forward.mjs";
import { envelopesOf } from "./ciphertexts.mjs";

/** Serves the relay at another port. `onEnvelopes` is given the envelopes of each message that somebody asks the relay to store; of a request that is cut off, those that left. */
export async function recordingProxy(t, port, relayPort, onEnvelopes) {
  const server = createServer((incoming, answer) => {
    const body = [];
    incoming.on("data", (chunk) => body.push(chunk));
    incoming.on("close", () => {
      if (incoming.method === "POST" && incoming.url === "/api/messages") onEnvelopes(envelopesOf(Buffer.concat(body).toString(), incoming.complete));
    });
    forward(incoming, answer, relayPort);
  });
  await serveBefore(t, server, port, relayPort);
}
