import { HttpTransportType, HubConnectionBuilder, LogLevel, type HubConnection } from "@microsoft/signalr";
import { MessagePackHubProtocol } from "@microsoft/signalr-protocol-msgpack";
import { SealpostError } from "../errors.js";
import { readMailboxRange, type MailboxRange } from "./shapes.js";

const START_TIMEOUT_MS = 20_000;
const FORUM_PUSHES = ["ReceivePost", "ReceiveCommit", "ReceiveWelcome", "TopicChanged", "TopicLeft"];

/** What the relay pushes, unchecked. */
export interface HubHandlers {
  readonly envelope: (seq: unknown, envelope: unknown) => void;
  readonly preKeysLow: () => void;
  readonly devicesChanged: (userId: unknown) => void;
  readonly typing: (notice: unknown) => void;
  /** What concerns topics, by the name of the push. */
  readonly forum: (push: string, args: readonly unknown[]) => void;
}

/** One connection to the relay's hub, from start to end: it does not reconnect. */
export interface HubLink {
  /** Resolves when the connection ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** From the answer on, the mailbox is pushed from `after` + 1. */
  resume(after: number): Promise<MailboxRange>;
  acknowledge(upTo: number): Promise<void>;
  /** Any other method. */
  invoke(method: string, ...args: readonly unknown[]): Promise<unknown>;
  stop(): Promise<void>;
}

export type ConnectHub = (url: string, token: () => Promise<string>, handlers: HubHandlers) => Promise<HubLink>;

/** Connects with the stock SignalR client: MessagePack over WebSockets. Rejects with `network` or `unauthorized`. */
export const connectHub: ConnectHub = async (url, token, handlers) => {
  const connection = new HubConnectionBuilder()
    .withUrl(url, { transport: HttpTransportType.WebSockets, accessTokenFactory: token, withCredentials: false })
    .withHubProtocol(new MessagePackHubProtocol())
    // The client's log would carry URLs with the token in them.
    .configureLogging(LogLevel.None)
    .build();
  const ended = new Promise<void>((resolve) => connection.onclose(() => resolve()));
  connection.on("ReceiveEnvelope", handlers.envelope);
  connection.on("PreKeysLow", handlers.preKeysLow);
  connection.on("DevicesChanged", handlers.devicesChanged);
  connection.on("ReceiveTyping", handlers.typing);
  // Routing only; who is in a conversation is what members sign to each other.
  connection.on("ParticipantsChanged", () => {});
  for (const push of FORUM_PUSHES) connection.on(push, (...args: unknown[]) => handlers.forum(push, args));
  await start(connection);
  return {
    ended,
    resume: async (after) => readMailboxRange(await connection.invoke<unknown>("Resume", after)),
    acknowledge: (upTo) => connection.invoke("Acknowledge", upTo),
    invoke: (method, ...args) => connection.invoke(method, ...args),
    stop: () => connection.stop(),
  };
};

/** A WebSocket that neither opens nor fails has no time-out of its own. */
async function start(connection: HubConnection): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("time-out")), START_TIMEOUT_MS);
  });
  try {
    await Promise.race([connection.start(), timeout]);
  } catch (error) {
    void connection.stop().catch(() => {});
    const status = (error as { statusCode?: unknown } | null)?.statusCode;
    const code = status === 401 ? "unauthorized" : "network";
    throw new SealpostError(code, "the relay's hub cannot be reached", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
