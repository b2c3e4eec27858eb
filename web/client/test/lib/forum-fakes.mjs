// A relay with topics and an engine of topics, as far as the worker's forums' part can see them, and that part between the two.
import { b64, FakeEnvironment, json, me, outcome, problem, settle, uuid, withLogin } from "./fakes.mjs";

const { SealpostError } = await import("../../src/errors.ts");
const { Auth } = await import("../../src/worker/auth.ts");
const { ForumRuntime } = await import("../../src/worker/forums/runtime.ts");
const { Http } = await import("../../src/worker/http.ts");

export const forumId = uuid(300);
export const topicId = uuid(400);
const PAGE = 10;

export const topicView = (id = topicId, more = {}) => ({ id, forumId, title: "t", state: "active", epoch: 1, lastPost: null, blocked: [], ...more });
export const listed = (id = topicId, more = {}) => ({
  id,
  forumId,
  generation: 0,
  epoch: 1,
  visibility: "open",
  history: "everything",
  historyDays: null,
  founderId: me.userId,
  publicTitle: "Plans",
  members: 3,
  createdAt: 5,
  lastSeq: 4,
  lastPostAt: null,
  isMember: false,
  ...more,
});
export const joinInfo = { generation: 0, epoch: 1, forumId, lastSeq: 0, publicTitle: null, groupInfo: b64([1]), tree: b64([2]), policies: [b64([3])], wraps: [] };

/** One topic at the relay. The first byte of a commit is its epoch's, that of a post its place's. */
export class FakeTopic {
  epoch = 1;
  commits = [];
  posts = [];
  leaves = [];
  isMember = true;
  /** Answers a path before the topic does, if it gives anything. */
  before = () => undefined;

  commit(count = 1) {
    for (let i = 0; i < count; i += 1) {
      this.commits.push({ epoch: this.epoch, commit: b64([this.epoch]) });
      this.epoch += 1;
    }
  }

  post(count = 1) {
    for (let i = 0; i < count; i += 1) this.posts.push(this.item(this.posts.length + 1));
  }

  item = (seq) => ({ seq, post: b64([seq % 256]), storedAt: 1 });

  handle(request, rest, query) {
    const answer = this.before(request, rest);
    if (answer !== undefined) return answer;
    const after = Number(query.get("after"));
    if (rest === "commits" && request.method === "GET") {
      return json({ items: this.commits.filter(({ epoch }) => epoch >= after).slice(0, PAGE), next: null });
    }
    if (rest === "join-info") return json(joinInfo);
    if (!this.isMember) return problem(404, "not-found");
    if (rest === "group") return json({ generation: 0, epoch: this.epoch, leaves: this.leaves, lastSeq: this.posts.length, wraps: [] });
    if (rest === "links") return json({ links: [b64([9])], authors: [] });
    if (rest === "posts") return json({ items: this.#page(query), authors: [], first: 1, last: this.posts.length });
    return problem(404, "not-found");
  }

  #page(query) {
    if (query.has("after")) return this.posts.filter(({ seq }) => seq > Number(query.get("after"))).slice(0, PAGE);
    return this.posts.filter(({ seq }) => seq < Number(query.get("before"))).reverse().slice(0, PAGE);
  }
}

/** The engine's side of one topic: takes commits and posts in order only. */
export class Held {
  epoch = 1;
  seq = 0;
  oldest = 1;
  complete = false;
  state = "active";
  /** What the engine wants before it takes a post, by place: { users }, { behind } or { keys }. */
  wants = new Map();
  commits = [];
  posts = [];

  takeCommits(commits) {
    for (const { epoch, commit } of commits) {
      if (epoch < this.epoch) continue;
      if (epoch > this.epoch || commit[0] === 0) throw new SealpostError("commit-refused");
      this.commits.push(epoch);
      this.epoch += 1;
    }
    return outcome(this.epoch);
  }

  #taken(more = {}) {
    return { seq: this.seq, oldest: this.oldest, users: [], keys: null, behind: false, complete: false, ...more };
  }

  #wanted(item, batch) {
    const want = this.wants.get(item.seq);
    if (want === undefined) return null;
    if (want.users?.every((user) => batch.unknown.includes(user)) || (want.keys && batch.withoutKeys)) return null;
    if (want.epoch !== undefined && this.epoch >= want.epoch) return null;
    return want;
  }

  takePosts(batch) {
    const events = [];
    for (const item of batch.items) {
      if (item.seq <= this.seq) continue;
      if (item.seq !== this.seq + 1) break;
      const want = this.#wanted(item, batch);
      if (want !== null) return outcome(this.#taken(want), events);
      this.seq = item.seq;
      this.posts.push(item.seq);
      events.push({ type: "post", data: { id: uuid(item.seq), topicId, outgoing: false, mentions: item.post[0] === 77 ? [me.userId] : [] } });
    }
    return outcome(this.#taken(), events);
  }

  takeOlder(batch) {
    for (const item of batch.items) {
      if (item.seq !== this.oldest - 1) continue;
      const want = this.#wanted(item, batch);
      if (want !== null) return outcome(this.#taken(want));
      this.oldest = item.seq;
      this.posts.unshift(item.seq);
    }
    return outcome(this.#taken({ complete: this.oldest === 1 }));
  }
}

function fakeForumEngine(held, answers) {
  const calls = [];
  const of = (id) => held.get(id) ?? new Held();
  const defaults = {
    topics: () => [...held].map(([id, { state }]) => topicView(id, { state })),
    topic: (id) => (held.has(id) ? topicView(id, { state: of(id).state, epoch: of(id).epoch }) : null),
    topicCursor: (id) => ({ epoch: of(id).epoch, seq: of(id).seq, oldest: of(id).oldest, complete: of(id).complete }),
    topicCommits: (id, commits) => of(id).takeCommits(commits),
    topicPosts: (id, batch) => of(id).takePosts(batch),
    topicOlder: (id, batch) => of(id).takeOlder(batch),
    topicLinks: () => outcome(false),
    topicKeysWanted: () => null,
    topicHeirs: () => [],
    succeedTopic: () => outcome(false),
    topicLeaves: () => outcome(null),
    topicGone: (id) => {
      of(id).state = "removed";
      return outcome(null, [{ type: "topic-removed", data: { topicId: id } }]);
    },
    parseLink: () => ({ topicId, invitation: b64([8]), title: "t", inviterId: null, withHistory: true }),
    revokedDevices: () => outcome(null),
    keyPackageUpload: () => null,
    keyPackagesUploaded: () => null,
    forumStep: () => outcome({ type: "idle" }),
    forumAccepted: () => outcome(null),
    forumRefused: () => outcome(null),
    close: () => undefined,
  };
  const target = { calls, answers };
  return new Proxy(target, {
    get(_target, name) {
      if (name in target) return target[name];
      if (name === "then") return undefined;
      return async (...args) => {
        calls.push([name, ...args]);
        const answer = target.answers[name] ?? defaults[name];
        if (answer === undefined) throw new Error(`the fake engine has no ${String(name)}`);
        return answer(...args);
      };
    },
  });
}

/** The forums' part between an engine and a relay with `topics`: FakeTopic by id; `rest` answers what is not of a topic. */
export function setUpForums({ topics = { [topicId]: new FakeTopic() }, joined = Object.keys(topics), answers = {}, rest = () => undefined, contacts = [] } = {}) {
  const environment = new FakeEnvironment();
  environment.handle = withLogin((request) => {
    const { pathname, searchParams } = new URL(request.path, "http://relay");
    const own = rest(request);
    if (own !== undefined) return own;
    if (pathname === "/api/keys/count") return json({ oneTimePreKeys: 0, kemPreKeys: 0, keyPackages: 0 });
    if (pathname === "/api/forum-topics/welcomes") return json({ items: [], next: null });
    const [, id, path] = /^\/api\/forum-topics\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
    return topics[id]?.handle(request, path, searchParams) ?? problem(404, "not-found");
  });
  const held = new Map(joined.map((id) => [id, new Held()]));
  const engine = fakeForumEngine(held, answers);
  const http = new Http("https://relay.example", environment);
  const auth = new Auth(http, { signLogin: async () => "AQID" }, environment, () => me);
  const [errors, events, emitted, invoked, learnt] = [[], [], [], [], []];
  const known = new Set(contacts);
  const hub = { invoke: async (...call) => void invoked.push(call) };
  const parts = {
    profile: "p",
    environment,
    me: () => me,
    request: (method, path, body) => auth.request(method, path, body),
    learn: async (users) => {
      learnt.push(...users);
      for (const user of users) if (!user.endsWith("404")) known.add(user);
    },
    userById: async () => null,
    isKnown: async (user) => known.has(user),
    publish: (list) => events.push(...list),
    emit: (event) => emitted.push(event),
    report: (error) => errors.push(error.code),
    hub: () => hub,
  };
  const runtime = new ForumRuntime(engine, parts);
  const api = (method, ...args) => runtime.call(method, args);
  const requests = (end) => environment.log.filter((line) => line.includes(end));
  /** Another one over the same engine, after `parts` were changed. */
  const runtimeWith = () => new ForumRuntime(engine, parts);
  return { api, answers, engine, environment, errors, emitted, events, held, hub, invoked, learnt, parts, requests, runtime, runtimeWith, topics, topic: topics[topicId], here: held.get(topicId) };
}

/** What the outbox has: requests, one at a time until each is accepted or refused. Each ends with `topic-action`. */
export function outboxOf(steps) {
  const current = () => steps[0] ?? { type: "idle" };
  const end = (entry, error) => {
    steps.shift();
    return outcome(null, [{ type: "topic-action", data: { entry, topicId, error } }]);
  };
  return {
    forumStep: () => outcome(current()),
    forumAccepted: (entry) => end(entry, null),
    forumRefused: (entry, { code, detail = "" }) => (code === "epoch-conflict" ? outcome(null) : end(entry, { code, message: detail })),
  };
}

export const step = (entry, path = "posts", body = { n: entry }) => ({
  type: "request",
  request: { entry, topicId, method: "POST", path: `/api/forum-topics/${topicId}/${path}`, body },
});

/** Lets everything be done that needs no time. */
export async function contact(setup) {
  setup.runtime.reached();
  await settle();
  await settle();
}
