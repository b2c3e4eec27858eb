/** What a message says of a file, encoded (docs/protocol.md §5, Files). The engine checks it when it is sent, and when it comes. */
import { SealpostError } from "../../errors.js";
import { decodeBase64Url } from "../base64url.js";

type Bytes = Uint8Array<ArrayBuffer>;

export interface FilePreview {
  /** Of the picture itself, in pixels. */
  readonly width: number;
  readonly height: number;
  /** The small picture. */
  readonly jpeg: Bytes;
}

export interface Attachment {
  readonly blobId: Bytes;
  readonly key: Bytes;
  readonly digest: Bytes;
  readonly size: number;
  readonly name: string;
  readonly mediaType: string;
  readonly preview: FilePreview | null;
}

/** Before a byte string: its length in the shortest form (ENC-2). */
function vector(bytes: Uint8Array): number[] {
  const { length } = bytes;
  if (length < 0x40) return [length, ...bytes];
  if (length < 0x4000) return [0x40 | (length >> 8), length & 0xff, ...bytes];
  return [0x80 | (length >> 24), (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff, ...bytes];
}

function uint16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

export function encodeAttachment({ blobId, key, digest, size, name, mediaType, preview }: Attachment): Bytes {
  const utf8 = new TextEncoder();
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(size));
  const shown = preview === null ? [0] : [1, ...uint16(preview.width), ...uint16(preview.height), ...vector(preview.jpeg)];
  return Uint8Array.from([...blobId, ...key, ...digest, ...length, ...vector(utf8.encode(name)), ...vector(utf8.encode(mediaType)), ...shown]);
}

/** What a stored one says of where the file is and what opens it. */
export function readStored(text: string): Pick<Attachment, "blobId" | "key" | "digest" | "size"> {
  const bytes = decodeBase64Url(text);
  if (bytes === null || bytes.length < 88) throw new SealpostError("internal", "the engine's bytes are none");
  const size = Number(new DataView(bytes.buffer).getBigUint64(80));
  const stored = { blobId: bytes.slice(0, 16), key: bytes.slice(16, 48), digest: bytes.slice(48, 80), size };
  bytes.fill(0);
  return stored;
}
