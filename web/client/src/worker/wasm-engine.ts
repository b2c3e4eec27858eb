import { Engine as WasmEngine } from "../wasm-gen/sealpost.js";
import type { Engine } from "./engine.js";
import type { ProfileEngine } from "./vault/vault-engine.js";

/** The names of all calls. The module has one export for them, which takes the name and the arguments. */
const CALLS: Record<Exclude<keyof Engine, "close">, true> = {
  status: true,
  beginRegistration: true,
  registrationAccepted: true,
  signLogin: true,
  preKeyUpload: true,
  preKeysUploaded: true,
  learnUser: true,
  userMissing: true,
  contacts: true,
  contact: true,
  safetyNumber: true,
  setVerified: true,
  acceptKeyChange: true,
  setBlocked: true,
  conversations: true,
  conversation: true,
  createConversation: true,
  updateConversation: true,
  markRead: true,
  acceptConversation: true,
  setTimer: true,
  expire: true,
  readReceipts: true,
  setReadReceipts: true,
  typing: true,
  receiveTyping: true,
  sendText: true,
  sendFile: true,
  storedFile: true,
  messages: true,
  retryMessage: true,
  editMessage: true,
  deleteMessage: true,
  reactToMessage: true,
  outboxStep: true,
  addBundles: true,
  outboxAccepted: true,
  outboxRefused: true,
  receive: true,
};

/** Opens, or creates, the local store of a profile, which may turn out to be locked. The module must be loaded. */
export async function openEngine(profile: string): Promise<ProfileEngine> {
  const engine = await WasmEngine.open(profile, undefined);
  const calls = Object.keys(CALLS).map((name) => [name, (...given: unknown[]) => engine.call(name, given)]);
  return {
    engine: { ...Object.fromEntries(calls), close: () => engine.lock() } as Engine,
    isLocked: () => engine.isLocked(),
    unlock: (key) => engine.unlock(key),
    handOver: () => engine.handOver() as Promise<object>,
    lock: () => engine.lock(),
    close: () => engine.close(),
  };
}
