import { SealpostError } from "sealpost";

/** Anything thrown or reported by an event, in one form. */
export function asSealpostError(thrown: unknown): { code: string; message: string } {
  if (thrown instanceof SealpostError) return { code: thrown.code, message: thrown.message };
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && typeof thrown.code === "string" && "message" in thrown) {
    return { code: thrown.code, message: String(thrown.message) };
  }
  return { code: "internal", message: String(thrown) };
}

/** Maps, not objects: a code named like a member of every object (`constructor`) must find nothing. */
const WORDS: ReadonlyMap<string, string> = new Map(Object.entries({
  network: "The relay cannot be reached. Check your connection and try again.",
  relay: "The relay answered in a way that makes no sense. Try again in a moment.",
  unauthorized: "The relay does not know this device: it has lost its data, or the device was removed.",
  "device-revoked": "Another of your devices has revoked this one.",
  "link-code": "This is not the code of a device. Copy all of it and try again.",
  "link-expired": "The other device is gone, or its code is too old: it is good for ten minutes. Begin anew there.",
  "link-refused": "It was refused: what the two devices show was not the same, or somebody gave up.",
  "link-tampered": "Somebody interfered, or the code was of another device. Nothing was handed over. Begin anew with a new code.",
  "username-taken": "Somebody already has this username. Try another one.",
  "not-found": "The relay knows nothing of this.",
  "too-large": "This is more than the relay takes.",
  "rate-limited": "That was a bit fast for the relay. Wait a moment and try again.",
  storage: "The browser did not let Sealpost use its storage. Private windows and strict settings can cause this.",
  "storage-unavailable": "The browser does not let Sealpost use its storage, or its data was deleted. Reload the page to go on.",
  "storage-corrupt": "What is stored in this browser is damaged and cannot be read.",
  "storage-version": "What is stored here was written by a newer version of Sealpost. Reload the page to get that version.",
  "storage-conflict": "Another tab changed the same data. Try again.",
  "storage-quota": "The browser’s storage for this site is full.",
  locked: "This profile is locked. Unlock it to go on.",
  "wrong-passphrase": "This is not the passphrase. Try again.",
  "wrong-passkey": "This passkey does not open this profile.",
  "unlock-delayed": "After several wrong passphrases the next try has to wait.",
  "last-unlock-method": "This is the only way to unlock. Add another one first.",
  "not-lockable": "This browser opens the profile without asking. Remove that first.",
  unsupported: "This browser lacks something that Sealpost needs. A current Chrome, Firefox or Safari will do.",
  load: "A part of the app could not be loaded. Check your connection and try again.",
  internal: "This should not have happened. Reloading the page usually helps.",
  "invalid-argument": "Sealpost could not do that with what was entered.",
  "not-registered": "This browser has no account yet.",
  "already-registered": "This browser already has an account.",
  "key-changed": "Somebody’s key has changed. Compare safety numbers before you go on.",
  "not-a-member": "You are not, or no longer, a member here.",
  "account-key-mismatch": "The relay showed a different key for this person. Nothing was sent.",
  "bad-signature": "A signature was wrong, so it was refused.",
  "device-list-rollback": "The relay showed an outdated list of somebody’s devices. It was refused.",
  "topic-mismatch": "The relay showed another topic than the one you were invited to. You have not joined.",
  "policy-chain": "The topic’s rules are not signed by its owners, as far as this device can tell. It was refused.",
  "topic-rollback": "The relay showed an older state of the topic than the one this device knows. It was refused.",
  "invitation-refused": "This invitation does not work any more: it has been used up or withdrawn, or the person who made it may no longer invite. Ask for a new one.",
  banned: "You are banned from this topic. One of its owners has to lift the ban before you can join.",
  "commit-refused": "The topic refused this change: it is not permitted, or somebody else’s change came first. Look again and try once more.",
  "commit-broken": "A change of the topic cannot be applied by anybody. One of its owners’ devices will start the topic anew.",
  "epoch-conflict": "Somebody else changed the topic at the same moment. Try again.",
  forbidden: "Your role does not permit this.",
  "last-owner": "You are the only owner. Make somebody else an owner first.",
  "device-not-listed": "A message came from a device that its owner does not list. It was refused.",
}));

/** What an error code means for the person. Unknown codes keep the package’s words. */
export function explain(code: string, message: string): string {
  return WORDS.get(code) ?? (message === "" ? code : message);
}

/** What anything thrown means for the person. */
export function explainThrown(thrown: unknown): string {
  const { code, message } = asSealpostError(thrown);
  return explain(code, message);
}

/** What an error means for somebody who tries to join: the general words do where these have none. */
const JOINING: ReadonlyMap<string, string> = new Map(Object.entries({
  "not-found": "There is no such topic, or the invitation does not work any more. Ask for a new one.",
  "invalid-argument": "This is not a complete invitation link. Copy all of it and try again.",
  decode: "This is not a complete invitation link. Copy all of it and try again.",
  "bad-signature": "This invitation is not signed by the person it claims to come from. It was refused.",
  "not-a-member": "The person who made this invitation is no longer in the topic. Ask somebody else for one.",
  "account-key-mismatch": "The relay showed a different key for the person who invited you. You have not joined.",
  forbidden: "This topic does not let anybody in this way.",
}));

/** What anything thrown while joining means for the person. */
export function explainJoining(thrown: unknown): string {
  const { code, message } = asSealpostError(thrown);
  return JOINING.get(code) ?? explain(code, message);
}

/** What anything thrown while creating a category means for the person. */
export function explainCategory(thrown: unknown): string {
  const { code, message } = asSealpostError(thrown);
  if (code === "forbidden") return "Only administrators of this relay create categories, and you are none, or no longer. Ask whoever runs the relay.";
  return explain(code, message);
}

const UNREADABLE: ReadonlyMap<string, string> = new Map(Object.entries({
  decrypt: "The keys on this device do not open it.",
  decode: "It is damaged or made by a newer version.",
  "storage-corrupt": "What this device had stored of it is damaged.",
  "replayed-prekey-message": "It was delivered before and is refused the second time.",
  "duplicate-message": "It was delivered before and is refused the second time.",
  "unknown-prekey": "It was made for a key this device no longer has.",
  "too-many-skipped": "Too many messages before it are missing.",
  "account-key-mismatch": "It was made with a key you have not accepted.",
  "address-mismatch": "It was made for somebody else.",
  "sender-mismatch": "It does not come from who it claims.",
  "device-not-listed": "It comes from a device its owner does not list.",
  "not-a-member": "It comes from somebody who is not in this conversation.",
  "bad-signature": "Its signature is wrong.",
}));

/** Messages that the client asks for once more by itself. */
const ASKED_FOR: ReadonlySet<string> = new Set(["decrypt", "replayed-prekey-message", "duplicate-message", "unknown-prekey", "too-many-skipped"]);

/** What becomes of a message that could not be opened, beside why. */
export function isAskedFor(reason: string): boolean {
  return ASKED_FOR.has(reason);
}

/** Why a message could not be opened. */
export function explainUndecryptable(reason: string): string {
  return UNREADABLE.get(reason) ?? "It failed a check.";
}

const POSTS: ReadonlyMap<string, string> = new Map(Object.entries({
  decrypt: "Its key is not here: nobody who has it has passed it on yet, or it is from before what you may read.",
  "not-a-member": "Its author was not in the topic when it was written.",
  "host-token": "The application gave no proof of who you are.",
  "late-post": "It came late: it may have been slipped in after its time.",
}));

/** Why a post could not be opened, or is to be read with care. */
export function explainPost(reason: string): string {
  return POSTS.get(reason) ?? explainUndecryptable(reason);
}
