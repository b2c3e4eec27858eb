import { checkBoolean, checkId, checkText, foldUsername } from "./arguments.js";
import type { Caller } from "./rpc.js";
import type { Contacts } from "./types.js";

export function createContacts(caller: Caller): Contacts {
  return {
    async find(username) {
      const folded = foldUsername(username);
      return folded === null ? null : caller.call("findContact", folded);
    },
    list: async () => caller.call("contacts"),
    get: async (userId) => caller.call("contact", checkId(userId, "userId")),
    safetyNumber: async (userId) => caller.call("safetyNumber", checkId(userId, "userId")),
    setVerified: async (userId, verified, safetyNumber) =>
      caller.call("setVerified", checkId(userId, "userId"), checkBoolean(verified, "verified"), checkNumber(safetyNumber)),
    setBlocked: async (userId, blocked) => caller.call("setBlocked", checkId(userId, "userId"), checkBoolean(blocked, "blocked")),
    acceptKeyChange: async (userId, safetyNumber) => caller.call("acceptKeyChange", checkId(userId, "userId"), checkNumber(safetyNumber)),
  };
}

function checkNumber(safetyNumber: unknown): string | undefined {
  return safetyNumber === undefined ? undefined : checkText(safetyNumber, "safetyNumber", 60);
}
