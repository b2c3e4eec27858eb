// The stock client, set up for tests.
import { HubConnectionBuilder, HttpTransportType, LogLevel } from "@microsoft/signalr";
import { MessagePackHubProtocol } from "@microsoft/signalr-protocol-msgpack";

/** Both protocols: how each writes a byte string, and reads one. */
export const protocols = [
  {
    name: "JSON",
    builder: (builder) => builder,
    fromBytes: (bytes) => Buffer.from(bytes).toString("base64url"),
    toBytes: (value) => Uint8Array.from(Buffer.from(value, "base64url")),
  },
  {
    name: "MessagePack",
    builder: (builder) => builder.withHubProtocol(new MessagePackHubProtocol()),
    fromBytes: (bytes) => Uint8Array.from(bytes),
    toBytes: (value) => Uint8Array.from(value),
  },
];

/** With and without negotiation. */
export const negotiations = [
  { name: "negotiated", options: {} },
  { name: "skipNegotiation", options: { skipNegotiation: true, transport: HttpTransportType.WebSockets } },
];

/**
 * A connection that was not started. `reconnect`: delays of the automatic reconnect, in milliseconds; `stateful`: asks for
 * stateful reconnect.
 */
export function connectionTo(url, settings = {}) {
  const { user = "alice", token = `token-${user}`, protocol = protocols[0], options = {}, reconnect, stateful } = settings;
  const builder = new HubConnectionBuilder()
    .withUrl(url, { accessTokenFactory: () => token, ...options })
    .configureLogging(LogLevel.None);
  if (reconnect) builder.withAutomaticReconnect(reconnect);
  if (stateful) builder.withStatefulReconnect();
  return protocol.builder(builder).build();
}

/** The next push of `method`, as its list of arguments. */
export const nextPush = (connection, method) =>
  new Promise((resolve) => {
    const handler = (...args) => {
      connection.off(method, handler);
      resolve(args);
    };
    connection.on(method, handler);
  });

/** The error with which the connection closes, or undefined. */
export const closed = (connection) => new Promise((resolve) => connection.onclose(resolve));
