import type { Contact } from "sealpost";

/** Whether the mark is to be shown: it was made for the pinned key, and says nothing of another one that the relay shows now. */
export function isVerified(contact: Contact | null): boolean {
  return contact !== null && contact.verified && contact.keyState === "pinned";
}

/** Sixty digits in twelve groups of five. */
export function safetyGroups(digits: string): readonly string[] {
  return digits.replace(/\D/gu, "").match(/\d{1,5}/gu) ?? [];
}
