import type { ConversationId, Exchange, MessageId } from "sealpost";

/** Bytes of a ciphertext that are shown at first. */
const SHOWN_BYTES = 48;

/** An exchange with the relay as the panel shows it. */
export interface RelayView {
  /** Unique in the panel, and rising. */
  readonly key: number;
  readonly at: number;
  readonly name: string;
  readonly direction: "up" | "down";
  /** Ciphertext in it, in bytes. */
  readonly bytes: number;
  /** The message that it carries; null if none. */
  readonly messageId: MessageId | null;
  /** All that was sent and answered, in lines. */
  readonly sent: string | null;
  readonly received: string | null;
}

/** Whether a conversation is named anywhere in it. */
export function concerns(exchange: Exchange, conversationId: ConversationId): boolean {
  return mentions(exchange.request, conversationId) || mentions(exchange.answer, conversationId);
}

function mentions(value: unknown, id: string): boolean {
  if (typeof value === "string") return value === id;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return false;
  return Object.values(value).some((inner) => mentions(inner, id));
}

export function viewed(exchange: Exchange, key: number): RelayView {
  const { at, name, request, answer } = exchange;
  const up = carried(request);
  const down = carried(answer);
  return {
    key,
    at,
    name,
    direction: request === null || down.bytes > up.bytes ? "down" : "up",
    bytes: up.bytes + down.bytes,
    messageId: up.messageId ?? down.messageId,
    sent: request === null ? null : written(request),
    received: answer === null ? null : written(answer),
  };
}

/** What of a value is ciphertext, and whose. */
function carried(value: unknown): { bytes: number; messageId: MessageId | null } {
  let bytes = 0;
  let messageId: MessageId | null = null;
  const visit = (inner: unknown, key: string): void => {
    if (key === "messageId" && typeof inner === "string") messageId ??= inner;
    const content = ciphertext(inner, key);
    if (content !== null) bytes += content.length;
    else if (typeof inner === "object" && inner !== null) for (const [name, each] of Object.entries(inner)) visit(each, name);
  };
  visit(value, "");
  return { bytes, messageId };
}

/** `content` is ciphertext: as it is over the hub, in base64url over HTTP. */
function ciphertext(value: unknown, key: string): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (key !== "content" || typeof value !== "string") return null;
  try {
    return Uint8Array.from(atob(value.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

/** A value in indented lines, `name: value`; ciphertext in hexadecimal, its beginning and how long it is. */
export function written(value: unknown): string {
  return lines(value, "", "").join("\n");
}

function lines(value: unknown, key: string, indent: string): string[] {
  const label = key === "" ? "" : `${key}: `;
  const content = ciphertext(value, key);
  if (content !== null) return [`${indent}${label}${hex(content)}`];
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${indent}${label}none`];
    return value.flatMap((each, index) => lines(each, `${key} ${String(index + 1)}`.trim(), indent));
  }
  if (typeof value === "object" && value !== null) {
    const inner = Object.entries(value).flatMap(([name, each]) => lines(each, name, key === "" ? indent : `${indent}  `));
    return key === "" ? inner : [`${indent}${key}:`, ...inner];
  }
  return [`${indent}${label}${String(value)}`];
}

function hex(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const more = bytes.length > SHOWN_BYTES ? " …" : "";
  return `${shown}${more} (${String(bytes.length)} bytes)`;
}
