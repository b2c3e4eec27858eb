import { SealpostError, type ConversationId, type FileMessage, type Sealpost } from "sealpost";
import { asSealpostError, explain } from "../lib/errors.ts";
import { Store } from "./store.ts";
import { showNotice, toasts } from "./toasts.ts";

/** A file on its way, or one that did not get there. */
export interface Upload {
  readonly id: string;
  readonly conversationId: ConversationId;
  readonly file: File;
  readonly done: number;
  /** 0 until it is known. */
  readonly total: number;
  /** Why it was given up. */
  readonly error: string | null;
}

/** Names of files that a page was sending when it went. */
const INTERRUPTED = "sealpost-uploads";

/** The files that this page is sending. They are gone with the page: what is left of one then is a notice. */
export class Uploads {
  readonly all = new Store<readonly Upload[]>([]);
  readonly #client: Sealpost;
  readonly #keep: (message: FileMessage) => void;
  readonly #running = new Map<string, AbortController>();

  constructor(client: Sealpost, keep: (message: FileMessage) => void) {
    this.#client = client;
    this.#keep = keep;
  }

  /** Says which files were not sent because the page was left. */
  tellInterrupted(): void {
    const names = sessionStorage.getItem(INTERRUPTED);
    sessionStorage.removeItem(INTERRUPTED);
    if (names === null) return;
    toasts.add({ id: "interrupted", title: "A file was not sent", description: `The page was reloaded while it was uploaded: ${names}. Choose it again.`, type: "error", timeout: 0 });
  }

  send(conversationId: ConversationId, files: Iterable<File>): void {
    for (const file of files) {
      const upload: Upload = { id: crypto.randomUUID(), conversationId, file, done: 0, total: 0, error: null };
      this.all.update((all) => [...all, upload]);
      void this.#run(upload);
    }
  }

  retry(id: string): void {
    const upload = this.all.get().find((one) => one.id === id);
    if (upload === undefined || this.#running.has(id)) return;
    this.#change(id, { done: 0, error: null });
    void this.#run(upload);
  }

  /** Ends it, or takes it off the screen if it has failed. */
  cancel(id: string): void {
    this.#running.get(id)?.abort();
    this.#remove(id);
  }

  async #run({ id, conversationId, file }: Upload): Promise<void> {
    const abort = new AbortController();
    this.#running.set(id, abort);
    this.#note();
    try {
      const onProgress = ({ done, total }: { done: number; total: number }) => {
        this.#change(id, { done, total });
      };
      this.#keep(await this.#client.messages.sendFile(conversationId, file, { signal: abort.signal, onProgress }));
      this.#remove(id);
      showNotice(`${file.name} was sent`);
    } catch (thrown) {
      if (thrown instanceof SealpostError && thrown.code === "aborted") this.#remove(id);
      else this.#change(id, { error: explainUpload(thrown) });
    } finally {
      this.#running.delete(id);
      this.#note();
    }
  }

  #change(id: string, change: Partial<Upload>): void {
    this.all.update((all) => all.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  #remove(id: string): void {
    this.all.update((all) => all.filter((one) => one.id !== id));
  }

  #note(): void {
    const names = this.all.get().filter(({ id }) => this.#running.has(id)).map(({ file }) => file.name);
    if (names.length === 0) sessionStorage.removeItem(INTERRUPTED);
    else sessionStorage.setItem(INTERRUPTED, names.join(", "));
  }
}

const SENDING: ReadonlyMap<string, string> = new Map(Object.entries({
  "too-large": "It is larger than this relay takes, or your files there take all the room that they may.",
  "invalid-argument": "It cannot be read, or is a picture that cannot be decoded.",
  "not-found": "This relay keeps no files.",
}));

function explainUpload(thrown: unknown): string {
  const { code, message } = asSealpostError(thrown);
  return SENDING.get(code) ?? explain(code, message);
}

const READING: ReadonlyMap<string, string> = new Map(Object.entries({
  "not-found": "The relay no longer has this file.",
  decrypt: "What the relay has is not what was sent. It was refused.",
}));

/** Why a file could not be read. */
export function explainDownload(thrown: unknown): string {
  const { code, message } = asSealpostError(thrown);
  return READING.get(code) ?? explain(code, message);
}
