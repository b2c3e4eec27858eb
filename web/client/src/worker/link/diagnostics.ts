/**
 * The state of a profile without anything that it says. Whatever goes in here is a number, a time, a code of this package, or a salted hash; a value that came from
 * somebody (a name, a message of an error) never does.
 */
import type { ConversationDiagnostics, Diagnostics, FailedDiagnosis } from "../../diagnostic-types.js";
import { SealpostError } from "../../errors.js";
import { locks } from "../../globals.js";
import type { Conversation } from "../../types.js";
import { digests } from "../../wasm-gen/digests.js";
import type { PreKeyStock } from "./link-engine.js";
import type { LinkParts } from "./part.js";

declare const PACKAGE_VERSION: string | undefined;

const PAGE = 200;

/** Codes are short words; nothing else passes for one. */
const code = (value: string): string => (/^[a-z][a-z-]{0,40}$/.test(value) ? value : "other");

async function attempt<T>(task: () => Promise<T>): Promise<T | FailedDiagnosis> {
  try {
    return await task();
  } catch (error) {
    return { failed: code(SealpostError.from(error).code) };
  }
}

function count(into: Record<string, number>, key: string): void {
  into[key] = (into[key] ?? 0) + 1;
}

export async function diagnose(parts: LinkParts, stock: () => Promise<PreKeyStock>, devices: () => Promise<readonly unknown[]>): Promise<Diagnostics> {
  const now = parts.environment.now();
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const age = (at: number | null): number | null => (at === null ? null : now - at);
  return {
    format: 1,
    takenAt: now,
    versions: { sealpost: typeof PACKAGE_VERSION === "undefined" ? "source" : PACKAGE_VERSION, userAgent: navigator.userAgent, engines: digests },
    account: await attempt(async () => {
      const { me, registration, cursor, pending } = await parts.engine.status();
      const known = me === null ? null : (await devices()).length;
      return { registered: me !== null, registering: registration !== null, cursor, pending, devices: known };
    }),
    database: await attempt(() => records(`sealpost-${parts.profile}`)),
    storage: await attempt(async () => {
      const { usage = null, quota = null } = await navigator.storage.estimate();
      return { usage, quota, persisted: await navigator.storage.persisted() };
    }),
    preKeys: await attempt(async () => {
      const { signedAt, lastResortAt, oneTime, kem } = await stock();
      return { signedAge: age(signedAt), lastResortAge: age(lastResortAt), oneTime, kem };
    }),
    contacts: await attempt(async () => {
      const contacts = await parts.engine.contacts();
      return { known: contacts.length, verified: contacts.filter(({ verified }) => verified).length, changed: contacts.filter(({ keyState }) => keyState === "changed").length };
    }),
    conversations: await attempt(async () => {
      const found: ConversationDiagnostics[] = [];
      for (const conversation of await parts.engine.conversations()) found.push(await numbers(parts, salt, conversation));
      return found;
    }),
    connection: parts.history().map(([at, state, reason]) => [at, state, reason === undefined ? undefined : code(reason)]),
    tabs: await attempt(tabs),
  };
}

async function numbers({ engine }: LinkParts, salt: Uint8Array, { id, kind, active, members }: Conversation): Promise<ConversationDiagnostics> {
  const [states, codes]: [Record<string, number>, Record<string, number>] = [{}, {}];
  let lines = 0;
  for (let before: number | null | undefined; before !== null; ) {
    const page = await engine.messages(id, before, PAGE);
    for (const message of page.items) {
      lines += 1;
      count(states, message.state);
      if (message.type === "undecryptable") count(codes, code(message.reason));
      else if (message.error !== undefined) count(codes, code(message.error.code));
    }
    before = page.next;
  }
  const changedKeys = members.filter(({ keyState }) => keyState === "changed").length;
  return { id: await hashed(salt, id), kind, active, members: members.length, changedKeys, lines, states, codes };
}

async function hashed(salt: Uint8Array, id: string): Promise<string> {
  const bytes = new Uint8Array([...salt, ...new TextEncoder().encode(id)]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The version of a database that is there, and how many records each of its stores has. */
function records(name: string): Promise<{ schema: number; records: Record<string, number> }> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onerror = () => reject(new SealpostError("storage-unavailable"));
    request.onsuccess = () => {
      const database = request.result;
      database.onversionchange = () => database.close();
      const stores = [...database.objectStoreNames];
      const counts: Record<string, number> = {};
      const transaction = database.transaction(stores);
      for (const store of stores) {
        const counted = transaction.objectStore(store).count();
        counted.onsuccess = () => {
          counts[store] = counted.result;
        };
      }
      transaction.oncomplete = () => {
        resolve({ schema: database.version, records: counts });
        database.close();
      };
      transaction.onabort = () => reject(new SealpostError("storage"));
    };
  });
}

/** Locks of this package are called `sealpost-worker:…` for each tab, and otherwise by what is done alone, before a colon or a profile's name. */
async function tabs(): Promise<Diagnostics["tabs"]> {
  const manager = locks();
  if (manager === undefined) return null;
  const { held = [], pending = [] } = await manager.query();
  const kinds = (found: readonly LockInfo[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { name = "" } of found) if (name.startsWith("sealpost")) count(counts, code(name.split(":")[0] ?? ""));
    return counts;
  };
  const own = kinds(held);
  return { open: own["sealpost-worker"] ?? 0, held: own, waiting: kinds(pending) };
}
