import type { Forum } from "../../forum-types.js";
import type { Address, Refusal } from "../engine.js";
import type { ForumRequest, JoinInfo, Welcome } from "../forum-engine.js";
import type { ForumParts } from "./part.js";
import * as shapes from "./shapes.js";

const POSTS_A_PAGE = 100;
/** A relay that has always another page has no reason to. */
const MAX_PAGES = 1_000;

/** The problem document of a refusal that the same bytes would meet again; null for anything else that went wrong. */
export function refusalOf(error: unknown): Refusal | null {
  const { problem, isFinal } = (error ?? {}) as { problem?: Refusal | null; isFinal?: boolean };
  return isFinal === true && problem !== undefined ? problem : null;
}

/** The relay's calls for topics, with answers checked. */
export class ForumRelay {
  readonly #request: ForumParts["request"];

  constructor(request: ForumParts["request"]) {
    this.#request = request;
  }

  async forums(): Promise<Forum[]> {
    return this.#all("/api/forums", shapes.readForums);
  }

  async mayCreateForums(): Promise<boolean> {
    return shapes.readMayCreate(await this.#request("GET", "/api/forums?limit=1"));
  }

  async createForum(id: string, name: string): Promise<Forum> {
    return shapes.readForum(await this.#request("POST", "/api/forums", { id, name }), "forum");
  }

  async topics(forumId: string): Promise<shapes.ListedTopic[]> {
    return this.#all(`/api/forums/${forumId}/topics`, shapes.readTopics);
  }

  async joinInfo(topicId: string, invitation: string | null): Promise<JoinInfo> {
    const body = invitation === null ? {} : { invitation };
    return shapes.readJoinInfo(await this.#request("POST", `/api/forum-topics/${topicId}/join-info`, body));
  }

  async welcomes(): Promise<Welcome[]> {
    return this.#all("/api/forum-topics/welcomes", shapes.readWelcomes);
  }

  async welcomeDone(topicId: string, epoch: number): Promise<void> {
    await this.#request("DELETE", `/api/forum-topics/welcomes/${topicId}?epoch=${epoch}`);
  }

  async commits(topicId: string, after: number): Promise<ReturnType<typeof shapes.readCommits>> {
    return shapes.readCommits(await this.#request("GET", `/api/forum-topics/${topicId}/commits?after=${after}&limit=${POSTS_A_PAGE}`));
  }

  async newPosts(topicId: string, after: number): Promise<shapes.PostsAnswer> {
    return shapes.readPosts(await this.#request("GET", `/api/forum-topics/${topicId}/posts?after=${after}&limit=${POSTS_A_PAGE}`));
  }

  async oldPosts(topicId: string, before: number): Promise<shapes.PostsAnswer> {
    return shapes.readPosts(await this.#request("GET", `/api/forum-topics/${topicId}/posts?before=${before}&limit=${POSTS_A_PAGE}`));
  }

  /** Links of these epochs, page after page, the latest epochs' first. */
  async *links(topicId: string, from: number, to: number): AsyncGenerator<shapes.LinksAnswer, void> {
    let cursor = "";
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const path = `/api/forum-topics/${topicId}/links?from=${from}&to=${to}${cursor}`;
      const page = shapes.readLinks(await this.#request("GET", path));
      yield page;
      if (page.next === null) return;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
  }

  async leaves(topicId: string): Promise<Uint8Array[]> {
    return shapes.readLeaves(await this.#request("GET", `/api/forum-topics/${topicId}/group`));
  }

  async keyPackages(addresses: readonly Address[]): Promise<Uint8Array[]> {
    return shapes.readKeyPackages(await this.#request("POST", "/api/key-packages", { addresses }));
  }

  async keyPackageCount(): Promise<{ keyPackages: number }> {
    return shapes.readKeyPackageCount(await this.#request("GET", "/api/keys/count"));
  }

  async uploadKeyPackages(keyPackages: readonly string[], lastResortKeyPackage: string | null): Promise<void> {
    const lastResort = lastResortKeyPackage === null ? {} : { lastResortKeyPackage };
    await this.#request("PUT", "/api/keys", { oneTimePreKeys: [], kemPreKeys: [], keyPackages, ...lastResort });
  }

  async execute(request: ForumRequest): Promise<{ seq?: number }> {
    return shapes.readAccepted(await this.#request(request.method, request.path, request.body ?? undefined));
  }

  /** All pages of a list. */
  async #all<T>(path: string, read: (value: unknown) => shapes.Page<T>): Promise<T[]> {
    const items: T[] = [];
    let next: string | number | null = null;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const query: string = next === null ? "" : `?cursor=${encodeURIComponent(next)}`;
      const page: shapes.Page<T> = read(await this.#request("GET", path + query));
      items.push(...page.items);
      next = page.next;
      if (next === null) break;
    }
    return items;
  }
}
