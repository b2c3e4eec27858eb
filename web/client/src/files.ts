/** The page's end of sending and reading files; what is done with them is done in the worker. */
import { checkBoolean, checkFunction, checkId, checkObject, invalid } from "./arguments.js";
import { SealpostError } from "./errors.js";
import type { Caller } from "./rpc.js";
import type { FileDownload, FileMessage, Messages, ReadFileOptions, SendFileOptions } from "./types.js";
import type { FileCall, FileNews, FileSignal } from "./worker/files/part.js";

/** Chunks that are read ahead of whoever reads a stream. */
const READ_AHEAD = 2;

interface Running {
  readonly signal: (signal: FileSignal) => void;
  readonly close: () => void;
  readonly done: Promise<FileMessage | null>;
}

/** Makes a call with a port of its own. */
function begin(caller: Caller, call: FileCall, onNews: (news: FileNews) => void): Running {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", ({ data }: MessageEvent<FileNews>) => onNews(data));
  port1.start();
  const done = caller.call("files", call, port2);
  return { signal: (signal) => port1.postMessage(signal), close: () => port1.close(), done };
}

export function createFiles(caller: Caller): Pick<Messages, "sendFile" | "download"> {
  return {
    async sendFile(conversationId, file, options = {}) {
      const { signal, onProgress, name, original } = checkSend(file, options);
      const given = name ?? ("name" in file && typeof file.name === "string" ? file.name : "file");
      requireNotAborted(signal);
      const call: FileCall = { type: "send", conversationId: checkId(conversationId, "conversationId"), file, name: given, original };
      const sending = begin(caller, call, (news) => {
        if (news.type === "progress") onProgress?.({ done: news.sent, total: news.total });
      });
      const abort = (): void => sending.signal("abort");
      signal?.addEventListener("abort", abort);
      try {
        const message = await sending.done;
        if (message === null) throw new SealpostError("internal", "the worker sent no message");
        return message;
      } finally {
        signal?.removeEventListener("abort", abort);
        sending.close();
      }
    },
    download(message) {
      checkObject(message, "message");
      if ((message.type as string) !== "file") throw invalid("message must be one of type file");
      return downloadOf(caller, message);
    },
  };
}

function requireNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SealpostError("aborted");
}

function checkSend(file: unknown, options: SendFileOptions): SendFileOptions & { original: boolean } {
  checkObject(options, "options");
  if (!(file instanceof Blob)) throw invalid("file must be a File or Blob");
  const { signal, onProgress, name, original } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal must be an AbortSignal");
  if (onProgress !== undefined) checkFunction(onProgress, "onProgress");
  if (name !== undefined && typeof name !== "string") throw invalid("name must be a string");
  return { ...options, original: original === undefined ? false : checkBoolean(original, "original") };
}

function downloadOf(caller: Caller, message: FileMessage): FileDownload {
  const { name, mediaType, size } = message;
  const call: FileCall = {
    type: "read",
    conversationId: checkId(message.conversationId, "conversationId"),
    senderId: checkId(message.senderId, "senderId"),
    messageId: checkId(message.id, "id"),
  };
  const stream = (options: ReadFileOptions = {}): ReadableStream<Uint8Array<ArrayBuffer>> => streamOf(caller, call, size, options);
  return {
    name,
    mediaType,
    size,
    stream,
    blob: async (options) => {
      const parts: Blob[] = [];
      const reader = stream(options).getReader();
      for (let next = await read(reader); next !== null; next = await read(reader)) parts.push(new Blob([next]));
      return new Blob(parts, { type: shownType(mediaType) });
    },
  };
}

/** Types that show something and run nothing. */
const SHOWN = /^(image\/(jpeg|png|webp|gif|avif|bmp)|(audio|video)\/.*|text\/plain)$/;

/** The type of a Blob: a page that opened one of another would run what its sender wrote, as its own. */
// ATT-7
function shownType(mediaType: string): string {
  return SHOWN.test(mediaType) ? mediaType : "application/octet-stream";
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer> | null> {
  const { value, done } = await reader.read();
  return done ? null : value;
}

function streamOf(caller: Caller, call: FileCall, size: number, { signal, onProgress }: ReadFileOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid("signal must be an AbortSignal");
  if (onProgress !== undefined) checkFunction(onProgress, "onProgress");
  let reading: Running | null = null;
  let done = 0;
  const abort = (): void => reading?.signal("abort");
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        requireNotAborted(signal);
        const stop = (): void => {
          signal?.removeEventListener("abort", abort);
          reading?.close();
        };
        reading = begin(caller, call, (news) => {
          if (news.type === "end") {
            stop();
            controller.close();
          }
          if (news.type !== "chunk") return;
          done += news.bytes.length;
          controller.enqueue(news.bytes);
          onProgress?.({ done, total: size });
        });
        signal?.addEventListener("abort", abort);
        // The end comes by the port, after all chunks; that it does not come, by the call.
        reading.done.catch((error: unknown) => {
          stop();
          controller.error(error);
        });
      },
      pull: () => reading?.signal("pull"),
      cancel: abort,
    },
    { highWaterMark: READ_AHEAD },
  );
}
