/** The entry of the files' part: sending and reading files. */
import { SealpostError } from "../../errors.js";
import type { FileMessage } from "../../types.js";
import { encodeBase64Url } from "../base64url.js";
import { encodeAttachment, readStored } from "./attachment.js";
import type { FileCall, FileNews, FilePart, FileParts, FileSignal, FilesModule } from "./part.js";
import { mediaTypeOf, nameOf, prepared } from "./pictures.js";
import { blobLength, drawSecrets, MAX_FILE, opened, Sealing } from "./seal.js";
import { BlobCalls, Download, upload } from "./transport.js";

type Send = Extract<FileCall, { type: "send" }>;
type Read = Extract<FileCall, { type: "read" }>;

class Files implements FilePart {
  readonly #parts: FileParts;
  readonly #running = new Set<AbortController>();

  constructor(parts: FileParts) {
    this.#parts = parts;
  }

  async call(call: FileCall, port: MessagePort): Promise<FileMessage | null> {
    const abort = new AbortController();
    this.#running.add(abort);
    const pulls = new Pulls();
    const aborted = (): void => {
      abort.abort(new SealpostError("aborted"));
      pulls.end();
    };
    port.addEventListener("message", ({ data }: MessageEvent<FileSignal>) => (data === "abort" ? aborted() : pulls.add()));
    abort.signal.addEventListener("abort", () => pulls.end());
    port.start();
    try {
      return call.type === "send" ? await this.#send(call, port, abort.signal) : await this.#read(call, port, abort.signal, pulls);
    } catch (error) {
      abort.signal.throwIfAborted();
      throw error;
    } finally {
      this.#running.delete(abort);
    }
  }

  drop(stored: string): void {
    this.#drop(encodeBase64Url(readStored(stored).blobId));
  }

  #drop(id: string): void {
    const path = `/api/blobs/${id}`;
    // What cannot be dropped expires.
    new BlobCalls(this.#parts, new AbortController().signal).request(path, { method: "DELETE" }).catch(() => {});
  }

  stop(): void {
    for (const abort of this.#running) abort.abort(new SealpostError("closed"));
  }

  // ATT-8, ATT-9
  async #send({ conversationId, file: given, name, original }: Send, port: MessagePort, signal: AbortSignal): Promise<FileMessage> {
    await this.#check(conversationId);
    const { file, mediaType, preview } = await prepared(given, original);
    if (file.size > MAX_FILE) throw new SealpostError("too-large", "the file is longer than files may be");
    const secrets = drawSecrets();
    const blobId = crypto.getRandomValues(new Uint8Array(16));
    const id = encodeBase64Url(blobId);
    const sealing = await Sealing.begin(file, secrets);
    const onProgress = (sent: number): void => news(port, { type: "progress", sent, total: sealing.length });
    onProgress(0);
    try {
      await upload(new BlobCalls(this.#parts, signal), id, sealing.length, sealing.chunks(), onProgress);
      signal.throwIfAborted();
      const attachment = encodeAttachment({ blobId, key: secrets.key, digest: await sealing.digest(), size: file.size, name: fitting(name, mediaType, given), mediaType, preview });
      return await this.#parts.send(conversationId, attachment);
    } catch (error) {
      this.#drop(id);
      throw error;
    } finally {
      secrets.key.fill(0);
    }
  }

  /** What would be found out after the upload otherwise. */
  async #check(conversationId: string): Promise<void> {
    const conversation = await this.#parts.conversation(conversationId);
    if (conversation === null) throw new SealpostError("not-found", "there is no such conversation");
    if (!conversation.active) throw new SealpostError("not-a-member");
    if (conversation.members.some(({ keyState }) => keyState === "changed")) throw new SealpostError("key-changed");
  }

  async #read({ conversationId, senderId, messageId }: Read, port: MessagePort, signal: AbortSignal, pulls: Pulls): Promise<null> {
    const stored = readStored(await this.#parts.stored(conversationId, senderId, messageId));
    const source = new Download(new BlobCalls(this.#parts, signal), encodeBase64Url(stored.blobId), blobLength(stored.size));
    try {
      for await (const bytes of opened(stored, source)) {
        await pulls.next();
        signal.throwIfAborted();
        if (bytes.length > 0) port.postMessage({ type: "chunk", bytes } satisfies FileNews, [bytes.buffer]);
      }
    } finally {
      stored.key.fill(0);
      source.cancel();
    }
    news(port, { type: "end" });
    return null;
  }
}

/** The page asks for chunks one after another. */
class Pulls {
  #asked = 0;
  #wake: (() => void) | null = null;
  #ended = false;

  add(): void {
    this.#asked += 1;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async next(): Promise<void> {
    while (this.#asked === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#asked -= 1;
  }
}

function news(port: MessagePort, message: FileNews): void {
  port.postMessage(message);
}

/** A picture that became one of another format is not called what it was. */
function fitting(given: string, mediaType: string, file: Blob): string {
  const name = nameOf(given);
  if (mediaTypeOf(file.type) === mediaType) return name;
  return nameOf(`${name.replace(/\.[^.]{1,16}$/, "")}.${mediaType.split("/")[1] ?? ""}`);
}

export const start: FilesModule["start"] = (parts) => new Files(parts);
