/** IndexedDB alone, with the transactions that a message takes: what the browser's storage permits. */
const STORES = ["meta", "sessions", "conversations", "messages", "message-ids", "outbox"];

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export async function open() {
  const request = indexedDB.open(`bare-${crypto.randomUUID()}`, 1);
  request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
  return done(request);
}

/** Reads the revision and writes it with records of these lengths, each in its collection, on disk when it resolves. */
export function commit(database, records, number) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORES, "readwrite", { durability: "strict" });
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
    const revision = transaction.objectStore("meta").get("revision");
    revision.onsuccess = () => {
      transaction.objectStore("meta").put(number, "revision");
      for (const [store, length] of records) transaction.objectStore(store).put(new Uint8Array(length).fill(number), new Uint8Array([...new TextEncoder().encode(String(number))]));
    };
  });
}

/** What sending a text of 1 KiB writes: its line and id, the conversation, the session, the outbox's next number, and the entry with plaintext and envelope. */
export const SEND = [["messages", 1_200], ["message-ids", 73], ["conversations", 400], ["sessions", 900], ["meta", 57], ["outbox", 2_700]];
