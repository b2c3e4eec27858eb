import type { Conversation, FileMessage } from "../../types.js";
import type { Environment } from "../environment.js";
import type { SealpostError } from "../../errors.js";

/** What the files' part needs of the worker, which it is loaded into. */
export interface FileParts {
  readonly environment: Environment;
  /** The relay's URL, without a slash at its end. */
  readonly base: string;
  readonly token: () => Promise<string>;
  /** The relay refused this token. */
  readonly invalidate: (token: string) => void;
  /** What an answer says that is none of success. */
  readonly refusal: (response: Response) => Promise<SealpostError>;
  readonly conversation: (id: string) => Promise<Conversation | null>;
  /** Puts a message that names a file into the outbox. */
  readonly send: (conversationId: string, file: Uint8Array) => Promise<FileMessage>;
  /** What a message says of its file, encoded. */
  readonly stored: (conversationId: string, senderId: string, messageId: string) => Promise<string>;
}

/** What the page asks for, with a port for what happens meanwhile. */
export type FileCall =
  | { readonly type: "send"; readonly conversationId: string; readonly file: Blob; readonly name: string; readonly original: boolean }
  | { readonly type: "read"; readonly conversationId: string; readonly senderId: string; readonly messageId: string };

/** From the page, by the port: stop; or, of a file that is read, a chunk more. */
export type FileSignal = "abort" | "pull";

/** To the page, by the port. */
export type FileNews =
  | { readonly type: "progress"; readonly sent: number; readonly total: number }
  | { readonly type: "chunk"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** All chunks have come. */
  | { readonly type: "end" };

/** The files' part. */
export interface FilePart {
  /** The message that was sent; null of a file that was read to its end. */
  call(call: FileCall, port: MessagePort): Promise<FileMessage | null>;
  /** Drops the file that a message was about at the relay, if it can be reached. */
  drop(stored: string): void;
  /** Ends everything that is under way. */
  stop(): void;
}

export type LoadFiles = (parts: FileParts) => Promise<FilePart>;

/** What the module of the files' part exports. */
export interface FilesModule {
  readonly start: (parts: FileParts) => FilePart;
}
