/** The dedicated worker's entry: loads the WASM engine and serves the page. */
import { SealpostError } from "../errors.js";
import { locks } from "../globals.js";
import { HostTokens } from "../host-token.js";
import { serve } from "../rpc.js";
import initialize from "../wasm-gen/sealpost.js";
import { fetchWasm } from "../wasm.js";
import type { Opened, WorkerApi, WorkerOptions } from "./api.js";
import { browserEnvironment } from "./environment.js";
import { filesLoader } from "./files/load.js";
import { forumsLoader } from "./forums/load.js";
import { linkLoader } from "./link/load.js";
import { connectHub } from "./hub.js";
import { Runtime } from "./runtime.js";
import { Keeper } from "./vault/keeper.js";
import { vaultLoader } from "./vault/load.js";
import { Watch } from "./watch.js";
import { openEngine } from "./wasm-engine.js";

let keeper: Keeper | null = null;
const watch = new Watch((data) => server.push({ type: "exchange", data }));
const hostTokens = new HostTokens((id) => server.push({ type: "host-token", data: { id } }));

async function open({ relay, profile, wasmUrl, forumsUrl, forumsWasmUrl, prepareForums, filesUrl, vaultUrl, vaultWasmUrl, linkUrl, linkWasmUrl, hasHostToken }: WorkerOptions): Promise<Opened> {
  if (keeper !== null) throw new SealpostError("internal", "the worker serves one profile");
  try {
    await initialize({ module_or_path: fetchWasm(wasmUrl ?? new URL("./sealpost_bg.wasm", import.meta.url), "sealpost") });
  } catch (error) {
    throw new SealpostError("load", "the WebAssembly module could not be loaded", { cause: error });
  }
  const engine = await openEngine(profile);
  const environment = watch.over(browserEnvironment(connectHub));
  const { push: emit } = server;
  const loadForums = forumsLoader(forumsUrl, forumsWasmUrl, () => engine.handOver());
  const loadLink = linkLoader(linkUrl, linkWasmUrl, () => engine.handOver());
  const hostToken = hasHostToken === true ? { hostToken: () => hostTokens.token() } : {};
  const unlocked = (): Runtime => new Runtime({ engine: engine.engine, relay, profile, environment, emit, loadForums, loadLink, loadFiles: filesLoader(filesUrl), prepareForums: prepareForums ?? true, ...hostToken });
  keeper = new Keeper({ profile, engine, loadVault: vaultLoader(profile, vaultUrl, vaultWasmUrl), environment, emit, unlocked });
  addEventListener("online", () => void wake().catch(() => {}));
  addEventListener("offline", () => void doubt().catch(() => {}));
  return keeper.open();
}

function kept(): Keeper {
  if (keeper === null) throw new SealpostError("closed");
  return keeper;
}

const opened = (): Runtime => kept().runtime();

async function wake(): Promise<void> {
  kept().wake();
  await opened().wake();
}

async function doubt(): Promise<void> {
  await opened().doubt();
}

/** What the runtime answers. */
const CALLS: Record<keyof Forwarded, true> = {
  register: true,
  findContact: true,
  contacts: true,
  contact: true,
  safetyNumber: true,
  setVerified: true,
  setBlocked: true,
  acceptKeyChange: true,
  conversations: true,
  conversation: true,
  createConversation: true,
  updateConversation: true,
  markRead: true,
  acceptConversation: true,
  setTimer: true,
  readReceipts: true,
  setReadReceipts: true,
  typing: true,
  sendText: true,
  messages: true,
  retryMessage: true,
  editMessage: true,
  deleteMessage: true,
  reactToMessage: true,
  devices: true,
  forums: true,
  files: true,
};

type Forwarded = Omit<WorkerApi, "open" | "hostToken" | "vault" | "watch" | "wake" | "doubt" | "close">;

async function forward(name: string, args: readonly unknown[]): Promise<unknown> {
  const runtime = opened() as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  return await runtime[name]?.(...args);
}

const api: WorkerApi = {
  ...(Object.fromEntries(Object.keys(CALLS).map((name) => [name, (...args: readonly unknown[]) => forward(name, args)])) as unknown as Forwarded),
  open,
  hostToken: (...args) => {
    hostTokens.answer(...args);
    return Promise.resolve();
  },
  vault: async (...args) => kept().call(...args),
  watch: (on) => {
    watch.isOn = on;
    return Promise.resolve();
  },
  wake,
  doubt,
  close: async () => kept().close(),
};

const server = serve(globalThis, api);

// A trap in WASM leaves promises that never settle, and memory in no known state: the page must hear of it and start over.
addEventListener("error", (event) => {
  if (event.error instanceof WebAssembly.RuntimeError) server.die(new SealpostError("internal", "the engine failed"));
});
addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof WebAssembly.RuntimeError) server.die(new SealpostError("internal", "the engine failed"));
});

// The page holds a request for this lock: it is granted when the worker is gone, of which no event tells.
const alive = `sealpost-worker:${crypto.randomUUID()}`;
const manager = locks();
if (manager === undefined) {
  server.ready(null);
} else {
  void manager.request(alive, () => {
    server.ready(alive);
    return new Promise(() => {});
  });
}
