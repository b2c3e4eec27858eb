/** Pictures as they are sent: drawn anew, without what a camera writes into them, and with a small one of each. */
import { SealpostError } from "../../errors.js";
import type { FilePreview } from "./attachment.js";

const PICTURES: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/webp"]);
/** Of a side of a preview, in pixels. */
const PREVIEW_SIDE = 320;
const PREVIEW_BYTES = 24 * 1024;
/** Pixels of a picture that is drawn; larger ones take more memory than a page has. */
const MAX_PIXELS = 100_000_000;
const MAX_SIDE = 65_535;
const QUALITY = 0.92;

export interface Prepared {
  readonly file: Blob;
  readonly mediaType: string;
  readonly preview: FilePreview | null;
}

/** A file as it is sent. Of a picture only what is seen, unless the original is asked for. */
// ATT-9
export async function prepared(file: Blob, original: boolean): Promise<Prepared> {
  const mediaType = mediaTypeOf(file.type);
  if (!PICTURES.has(mediaType)) return { file, mediaType, preview: null };
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (error) {
    if (original) return { file, mediaType, preview: null };
    throw new SealpostError("invalid-argument", "the picture cannot be decoded, to leave out where and when it was taken", { cause: error });
  }
  try {
    const { width, height } = bitmap;
    const isSmall = width * height <= MAX_PIXELS && Math.max(width, height) <= MAX_SIDE;
    if (!isSmall && !original) throw new SealpostError("too-large", "the picture has more pixels than can be drawn here");
    const preview = isSmall ? await previewOf(bitmap) : null;
    if (original) return { file, mediaType, preview };
    const drawn = await draw(bitmap, width, height, mediaType, QUALITY);
    return { file: drawn, mediaType: mediaTypeOf(drawn.type), preview };
  } finally {
    bitmap.close();
  }
}

/** `type/subtype` as the protocol has it; what is none is bytes. */
// ATT-1
export function mediaTypeOf(type: string): string {
  const essence = (type.split(";", 1)[0] ?? "").trim().toLowerCase();
  const word = "[a-z0-9][a-z0-9!#$&^_.+-]*";
  return essence.length <= 127 && new RegExp(`^${word}/${word}$`).test(essence) ? essence : "application/octet-stream";
}

/** A name as the protocol has it: without folders and control characters, at most 255 bytes, with its ending. */
// ATT-1
export function nameOf(given: string): string {
  const wellFormed = new TextDecoder().decode(new TextEncoder().encode(given));
  const name = (wellFormed.split(/[/\\]/).at(-1) ?? "").replace(/\p{Cc}/gu, "_");
  if (name === "" || name === "." || name === "..") return "file";
  const ending = /\.[^.]{1,16}$/.exec(name)?.[0] ?? "";
  const stem = Array.from(name.slice(0, name.length - ending.length));
  const length = (text: string): number => new TextEncoder().encode(text).length;
  while (length(stem.join("") + ending) > 255) stem.pop();
  return stem.join("") + ending;
}

async function previewOf(bitmap: ImageBitmap): Promise<FilePreview> {
  const { width, height } = bitmap;
  for (let side = PREVIEW_SIDE, quality = 0.75; ; side = Math.round(side * 0.8), quality = 0.6) {
    const scale = Math.min(1, side / Math.max(width, height));
    const small = await draw(bitmap, Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)), "image/jpeg", quality);
    if (small.size <= PREVIEW_BYTES) return { width, height, jpeg: new Uint8Array(await small.arrayBuffer()) };
  }
}

async function draw(bitmap: ImageBitmap, width: number, height: number, type: string, quality: number): Promise<Blob> {
  const canvas = typeof OffscreenCanvas === "undefined" ? null : new OffscreenCanvas(width, height);
  const context = canvas?.getContext("2d");
  if (!canvas || !context) throw new SealpostError("unsupported", "this browser draws no pictures here");
  if (type === "image/jpeg") {
    // Which knows no transparency.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob({ type, quality });
}
