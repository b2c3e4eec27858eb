import { checkBoolean, checkId, checkIds, checkInteger, checkObject, checkText, invalid, MAX_NAME_BYTES, MAX_PAGE, MAX_TEXT_BYTES } from "./arguments.js";
import { createFiles } from "./files.js";
import type { Caller } from "./rpc.js";
import { search, words } from "./search.js";
import type { Conversations, Message, MessagePage, Messages, SearchOptions, SearchResult } from "./types.js";

const DEFAULT_PAGE = 50;
const MAX_EMOJI_BYTES = 64;
/** What the protocol has room for: some 136 years. */
const MAX_TIMER_S = 2 ** 32 - 1;
const MAX_QUERY_BYTES = 1_024;

export function createConversations(caller: Caller): Conversations {
  return {
    list: async () => caller.call("conversations"),
    get: async (id) => caller.call("conversation", checkId(id, "id")),
    async create(options) {
      checkObject(options, "options");
      const members = checkIds(options.members, "members");
      if (members.length === 0) throw invalid("members must name at least one person");
      return caller.call("createConversation", members, checkText(options.name ?? "", "name", MAX_NAME_BYTES));
    },
    async update(id, options) {
      checkObject(options, "options");
      const add = checkIds(options.add ?? [], "add");
      const remove = checkIds(options.remove ?? [], "remove");
      const name = options.name === undefined ? undefined : checkText(options.name, "name", MAX_NAME_BYTES);
      return caller.call("updateConversation", checkId(id, "id"), add, remove, name);
    },
    markRead: async (id) => caller.call("markRead", checkId(id, "id")),
    accept: async (id) => caller.call("acceptConversation", checkId(id, "id")),
    setTimer: async (id, seconds) => caller.call("setTimer", checkId(id, "id"), checkInteger(seconds, "seconds", 0, MAX_TIMER_S)),
    typing: async (id, started = true) => caller.call("typing", checkId(id, "id"), checkBoolean(started, "started")),
    readReceipts: async () => caller.call("readReceipts"),
    setReadReceipts: async (sent) => caller.call("setReadReceipts", checkBoolean(sent, "sent")),
  };
}

export function createMessages(caller: Caller): Messages {
  const list = async (conversationId: string, before: number | undefined, limit: number): Promise<MessagePage> => {
    const from = before === undefined ? undefined : checkInteger(before, "before", 1, Number.MAX_SAFE_INTEGER);
    return caller.call("messages", checkId(conversationId, "conversationId"), from, checkInteger(limit, "limit", 1, MAX_PAGE));
  };

  async function* history(conversationId: string): AsyncGenerator<Message, void, undefined> {
    let before: number | undefined;
    do {
      const page: MessagePage = await list(conversationId, before, MAX_PAGE);
      yield* page.items.toReversed();
      before = page.next ?? undefined;
    } while (before !== undefined);
  }

  async function* find(query: string, options: SearchOptions = {}): AsyncGenerator<SearchResult, void, undefined> {
    checkObject(options, "options");
    const wanted = words(checkText(query, "query", MAX_QUERY_BYTES));
    if (wanted.length === 0) throw invalid("query must have a word");
    const { conversationId, signal } = options;
    const ids = conversationId === undefined ? (await caller.call("conversations")).map(({ id }) => id) : [checkId(conversationId, "conversationId")];
    yield* search(ids.map(history), wanted, signal);
  }

  return {
    ...createFiles(caller),
    async send(conversationId, content) {
      checkObject(content, "content");
      const text = checkText(content.text, "text", MAX_TEXT_BYTES);
      if (text === "") throw invalid("text must not be empty");
      const replyTo = content.replyTo === undefined ? undefined : checkId(content.replyTo, "replyTo");
      return caller.call("sendText", checkId(conversationId, "conversationId"), text, replyTo);
    },
    list: async (conversationId, options = {}) => list(conversationId, options.before, options.limit ?? DEFAULT_PAGE),
    history,
    search: find,
    retry: async (conversationId, messageId) =>
      caller.call("retryMessage", checkId(conversationId, "conversationId"), checkId(messageId, "messageId")),
    async edit(conversationId, messageId, content) {
      checkObject(content, "content");
      const checked = checkText(content.text, "text", MAX_TEXT_BYTES);
      if (checked === "") throw invalid("text must not be empty");
      return caller.call("editMessage", checkId(conversationId, "conversationId"), checkId(messageId, "messageId"), checked);
    },
    delete: async (conversationId, messageId) =>
      caller.call("deleteMessage", checkId(conversationId, "conversationId"), checkId(messageId, "messageId")),
    async react(conversationId, messageId, emoji, on) {
      const checked = checkText(emoji, "emoji", MAX_EMOJI_BYTES);
      if (checked === "") throw invalid("emoji must not be empty");
      return caller.call("reactToMessage", checkId(conversationId, "conversationId"), checkId(messageId, "messageId"), checked, !checkBoolean(on, "on"));
    },
  };
}
