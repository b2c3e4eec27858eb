/** The entry of the forums' part: loads the engine of topics. */
import { SealpostError } from "../../errors.js";
import initialize, { Engine as WasmEngine } from "../../wasm-gen/forums.js";
import { fetchWasm } from "../../wasm.js";
import type { ForumEngine } from "../forum-engine.js";
import { ForumRuntime } from "./runtime.js";
import type { ForumsModule } from "./part.js";

/** The names of all calls. The module has one export for them, which takes the name and the arguments. */
const CALLS: Record<Exclude<keyof ForumEngine, "close">, true> = {
  topics: true,
  topic: true,
  topicMembers: true,
  topicCursor: true,
  topicKeysWanted: true,
  createTopic: true,
  parseLink: true,
  beginJoin: true,
  receiveWelcome: true,
  topicAction: true,
  createInvitation: true,
  markTopicRead: true,
  topicGone: true,
  sendPost: true,
  retryPost: true,
  posts: true,
  pendingPosts: true,
  forumStep: true,
  forumAccepted: true,
  forumRefused: true,
  topicCommits: true,
  topicPosts: true,
  topicOlder: true,
  topicLinks: true,
  succeedTopic: true,
  topicHeirs: true,
  readmit: true,
  topicLeaves: true,
  revokedDevices: true,
  keyPackageUpload: true,
  keyPackagesUploaded: true,
};

async function openEngine(profile: string, handed: unknown): Promise<ForumEngine> {
  const engine = await WasmEngine.open(profile, handed);
  const calls = Object.keys(CALLS).map((name) => [name, (...given: unknown[]) => engine.call(name, given)]);
  return { ...Object.fromEntries(calls), close: () => engine.close() } as ForumEngine;
}

export const start: ForumsModule["start"] = async (parts, wasmUrl, handOver) => {
  try {
    await initialize({ module_or_path: fetchWasm(wasmUrl, "forums") });
  } catch (error) {
    throw new SealpostError("load", "the module of topics could not be loaded", { cause: error });
  }
  const runtime = new ForumRuntime(await openEngine(parts.profile, await handOver()), parts);
  runtime.reached();
  return runtime;
};
