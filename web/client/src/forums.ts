import { checkBoolean, checkId, checkIds, checkInteger, checkObject, checkText, invalid, MAX_PAGE, MAX_TEXT_BYTES } from "./arguments.js";
import { SealpostError } from "./errors.js";
import type { Forums, HistoryPolicy, Inviters, JoinOptions, JoinStep, ListPostsOptions, PostPage, Posts, TopicRole, Visibility } from "./forum-types.js";
import type { Caller } from "./rpc.js";
import type { ForumApi, ForumMethod } from "./worker/forum-api.js";
import type { NewPost } from "./worker/forum-engine.js";

const DEFAULT_PAGE = 50;
const DEFAULT_USES = 100;
const MAX_TITLE_BYTES = 200;
const MAX_DESCRIPTION_BYTES = 2_000;
const MAX_EMOJI_BYTES = 64;

const VISIBILITIES: readonly Visibility[] = ["invite", "closed", "open"];
const HISTORIES: readonly HistoryPolicy[] = ["everything", "since-joining", "last-days"];
const INVITERS: readonly Inviters[] = ["moderators", "members"];
const ROLES: readonly TopicRole[] = ["owner", "moderator", "member"];

/** Steps of joins under way, by the names that the worker gets. */
type Progress = Map<string, (step: JoinStep) => void>;

function oneOf<T extends string>(value: unknown, name: string, known: readonly T[]): T {
  if (!known.includes(value as T)) throw invalid(`${name} must be one of ${known.join(", ")}`);
  return value as T;
}

function days(history: HistoryPolicy, value: unknown): number | null {
  if (history === "last-days") return checkInteger(value, "historyDays", 1, 65_535);
  if (value !== undefined) throw invalid("historyDays belongs to last-days");
  return null;
}

/** What the relay takes: text in one line, without spaces around it. */
function forumName(value: unknown): string {
  const name = checkText(value, "name", MAX_TITLE_BYTES).trim();
  if (name === "" || /\p{Cc}/u.test(name)) throw invalid("name must not be empty, and in one line");
  return name;
}

/** A UUIDv7: the relay lists categories by their ids, so in the order in which they were made. */
function newForumId(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** The token of a link, whether it came alone or at the end of a URL. Not by a pattern for all of it: those take long for long links. */
function token(link: unknown): string {
  if (typeof link !== "string") throw invalid("link must be a string");
  const text = link.trimEnd();
  let start = text.length;
  while (start > 0 && /[A-Za-z0-9_-]/.test(text.charAt(start - 1))) start -= 1;
  return text.slice(start);
}

/** The options of a call, which may be left out. */
function optional<T>(options: T | undefined): T | Record<string, never> {
  if (options === undefined) return {};
  checkObject(options, "options");
  return options;
}

function checkTitle(value: unknown): string {
  const title = checkText(value, "title", MAX_TITLE_BYTES);
  if (title.trim() === "") throw invalid("title must not be empty");
  return title;
}

function checkSignal(value: unknown): AbortSignal | undefined {
  if (value !== undefined && !(value instanceof AbortSignal)) throw invalid("signal must be an AbortSignal");
  return value;
}

/** Rejects when the signal aborts: before anything is begun, or later; what was begun then goes on. */
async function abortable<T>(begin: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return begin();
  const aborted = (): SealpostError => new SealpostError("aborted", undefined, { cause: signal.reason });
  if (signal.aborted) throw aborted();
  let stop = (): void => {};
  const abort = new Promise<never>((_resolve, reject) => {
    stop = () => reject(aborted());
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([begin(), abort]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function caller(rpc: Caller) {
  return <M extends ForumMethod>(method: M, ...args: Parameters<ForumApi[M]>): ReturnType<ForumApi[M]> =>
    rpc.call("forums", method, args) as ReturnType<ForumApi[M]>;
}

export function createForums(rpc: Caller, progress: Progress): Forums {
  const call = caller(rpc);
  let joins = 0;
  return {
    list: async () => call("list"),
    mayCreate: async () => call("mayCreate"),
    create: async (name) => call("create", newForumId(), forumName(name)),
    topics: async () => call("topics"),
    topic: async (id) => call("topic", checkId(id, "id")),
    discover: async (forumId) => call("discover", checkId(forumId, "forumId")),
    async createTopic(options) {
      checkObject(options, "options");
      const signal = checkSignal(options.signal);
      const history = oneOf(options.history ?? "everything", "history", HISTORIES);
      const topic = {
        forumId: checkId(options.forumId, "forumId"),
        title: checkTitle(options.title),
        description: checkText(options.description ?? "", "description", MAX_DESCRIPTION_BYTES),
        visibility: oneOf(options.visibility ?? "invite", "visibility", VISIBILITIES),
        history,
        historyDays: days(history, options.historyDays),
        inviters: oneOf(options.inviters ?? "moderators", "inviters", INVITERS),
      };
      return abortable(() => call("createTopic", topic), signal);
    },
    readLink: async (link) => call("readLink", token(link)),
    async join(target, options) {
      const { onProgress, signal: given }: JoinOptions = optional(options);
      const signal = checkSignal(given);
      if (onProgress !== undefined && typeof onProgress !== "function") throw invalid("onProgress must be a function");
      if (typeof target !== "string") checkObject(target, "target");
      const [link, id] = typeof target === "string" ? [token(target), null] : [null, checkId(target.topicId, "topicId")];
      joins += 1;
      const name = String(joins);
      if (onProgress !== undefined) progress.set(name, onProgress);
      try {
        return await abortable(() => call("join", link, id, name), signal);
      } finally {
        progress.delete(name);
      }
    },
    async createLink(topicId, options) {
      const { uses = DEFAULT_USES, withHistory = true } = optional(options);
      const most = checkInteger(uses, "uses", 1, 1_000_000);
      return call("createLink", checkId(topicId, "topicId"), most, checkBoolean(withHistory, "withHistory"));
    },
    invite: async (topicId, userIds) => call("invite", checkId(topicId, "topicId"), checkIds(userIds, "userIds")),
    async remove(topicId, userId, options) {
      const ban = checkBoolean(optional(options).ban ?? false, "ban");
      return call("act", checkId(topicId, "topicId"), { type: "remove", userId: checkId(userId, "userId"), ban });
    },
    unban: async (topicId, userId) => call("act", checkId(topicId, "topicId"), { type: "unban", userId: checkId(userId, "userId") }),
    async setRole(topicId, userId, role) {
      const roles = [{ userId: checkId(userId, "userId"), role: oneOf(role, "role", ROLES) }];
      return call("act", checkId(topicId, "topicId"), { type: "policy", roles });
    },
    async setPolicy(topicId, policy) {
      checkObject(policy, "policy");
      const { visibility, history, inviters } = policy;
      if (history === undefined && policy.historyDays !== undefined) throw invalid("historyDays belongs to last-days");
      const historyDays = history === undefined ? null : days(oneOf(history, "history", HISTORIES), policy.historyDays);
      return call("act", checkId(topicId, "topicId"), {
        type: "policy",
        ...(visibility === undefined ? {} : { visibility: oneOf(visibility, "visibility", VISIBILITIES) }),
        ...(history === undefined ? {} : { history }),
        ...(historyDays === null ? {} : { historyDays }),
        ...(inviters === undefined ? {} : { inviters: oneOf(inviters, "inviters", INVITERS) }),
      });
    },
    async setInfo(topicId, info) {
      checkObject(info, "info");
      const title = checkTitle(info.title);
      const description = checkText(info.description, "description", MAX_DESCRIPTION_BYTES);
      return call("act", checkId(topicId, "topicId"), { type: "info", title, description });
    },
    leave: async (topicId) => call("act", checkId(topicId, "topicId"), { type: "leave" }),
    members: async (topicId) => call("members", checkId(topicId, "topicId")),
    markRead: async (topicId) => call("markRead", checkId(topicId, "topicId")),
  };
}

export function createPosts(rpc: Caller): Posts {
  const call = caller(rpc);
  const post = async (topicId: string, content: NewPost) => call("post", checkId(topicId, "topicId"), content);
  const text = (value: unknown): string => {
    const checked = checkText(value, "text", MAX_TEXT_BYTES);
    if (checked === "") throw invalid("text must not be empty");
    return checked;
  };

  /** Pages of the store, and of the relay where the store has no more. */
  async function list(topicId: string, options: ListPostsOptions): Promise<PostPage> {
    const id = checkId(topicId, "topicId");
    const limit = checkInteger(options.limit ?? DEFAULT_PAGE, "limit", 1, MAX_PAGE);
    const query = {
      before: options.before === undefined ? undefined : checkInteger(options.before, "before", 1, Number.MAX_SAFE_INTEGER),
      parentId: options.parentId === undefined || options.parentId === null ? options.parentId : checkId(options.parentId, "parentId"),
      pinned: options.pinned === undefined ? undefined : checkBoolean(options.pinned, "pinned"),
    };
    let page = await call("posts", id, query, limit);
    const isWhole = query.parentId === undefined && query.pinned !== true;
    while (isWhole && page.next === null && page.more && page.items.length < limit) {
      if (!(await call("older", id))) break;
      page = await call("posts", id, query, limit);
    }
    const [first] = page.items;
    const older = isWhole && page.more && first !== undefined ? first.order : null;
    return { items: page.items, next: page.next ?? older };
  }

  return {
    async send(topicId, content) {
      checkObject(content, "content");
      const parentId = content.parentId === undefined ? null : checkId(content.parentId, "parentId");
      return post(topicId, { type: "text", text: text(content.text), parentId, mentions: checkIds(content.mentions ?? [], "mentions") });
    },
    async edit(topicId, postId, content) {
      checkObject(content, "content");
      const mentions = checkIds(content.mentions ?? [], "mentions");
      return post(topicId, { type: "edit", postId: checkId(postId, "postId"), text: text(content.text), mentions });
    },
    delete: async (topicId, postId) => post(topicId, { type: "delete", postId: checkId(postId, "postId") }),
    async react(topicId, postId, emoji, on) {
      const checked = checkText(emoji, "emoji", MAX_EMOJI_BYTES);
      if (checked === "") throw invalid("emoji must not be empty");
      return post(topicId, { type: "reaction", postId: checkId(postId, "postId"), emoji: checked, removed: !checkBoolean(on, "on") });
    },
    pin: async (topicId, postId, on) => post(topicId, { type: "pin", postId: checkId(postId, "postId"), removed: !checkBoolean(on, "on") }),
    retry: async (topicId, postId) => call("retry", checkId(topicId, "topicId"), checkId(postId, "postId")),
    list: async (topicId, options) => list(topicId, optional(options)),
    async *history(topicId) {
      let before: number | undefined;
      do {
        const page: PostPage = await list(topicId, { limit: MAX_PAGE, ...(before === undefined ? {} : { before }) });
        yield* page.items.toReversed();
        before = page.next ?? undefined;
      } while (before !== undefined);
    },
  };
}
