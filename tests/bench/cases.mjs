/** What is measured, in the order of the table. See `compare` in measure.mjs for what a case has. */
import { coldStarts } from "./ready.mjs";

/** A message of 1 KiB. */
const TEXT = "All is well here; the letters arrive. ".repeat(27).slice(0, 1_024);
/** Libolm keeps at most 100 one-time keys an account. */
const MAX_OFFERS = 50;

export const cases = [
  {
    name: "generate-identity",
    unit: "ms",
    setUp: (library) => library,
    run: (library) => library.person(),
    tidy: (library, people) => library.free(...people),
  },
  {
    name: "setup-initiator",
    unit: "ms",
    setUp: pairOfPeople,
    prepare: ({ library, responder }, count) => (responder.offers ??= library.publish(responder, MAX_OFFERS)).slice(0, count),
    maxBatch: MAX_OFFERS,
    run: ({ library, initiator }, offer) => library.initiate(initiator, offer, TEXT),
    tidy: ({ library }, made) => library.free(...made.map(({ session }) => session)),
    tearDown: freePeople,
  },
  {
    // With the first answer, because Olm puts off half of the recipient's setup until then: its new ratchet key and the agreement.
    ...firstMessage("setup-recipient"),
    run({ library, initiator, responder }, message) {
      const made = library.accept(responder, initiator, message);
      library.encrypt(made.session, TEXT);
      return made;
    },
  },
  {
    ...firstMessage("accept"),
    run: ({ library, initiator, responder }, message) => library.accept(responder, initiator, message),
  },
  {
    name: "encrypt",
    unit: "1/s",
    setUp: conversation,
    run: ({ library, ours }) => library.encrypt(ours, TEXT),
    tearDown: endConversation,
  },
  {
    name: "decrypt",
    unit: "1/s",
    setUp: conversation,
    prepare: ({ library, ours }, count) => Array.from({ length: count }, () => library.encrypt(ours, TEXT)),
    run: ({ library, theirs }, message) => library.decrypt(theirs, message),
    tidy: (_, texts) => texts.forEach(assertText),
    tearDown: endConversation,
  },
  {
    // Every message is the first of a new chain: both sides do a Diffie-Hellman step for each.
    name: "round-trip",
    unit: "1/s",
    setUp: conversation,
    run({ library, ours, theirs }) {
      const heard = library.decrypt(theirs, library.encrypt(ours, TEXT));
      return library.decrypt(ours, library.encrypt(theirs, heard));
    },
    tidy: (_, texts) => texts.forEach(assertText),
    tearDown: endConversation,
  },
  fanOutFirst(100, { rounds: 11 }),
  fanOutFirst(1_000, { rounds: 5 }),
  {
    name: "fanout-1000-again",
    unit: "ms",
    rounds: 21,
    calls: 1,
    setUp(library) {
      const sender = library.person();
      const sessions = offersOfMany(library, 1_000).map((offer) => library.initiate(sender, offer, TEXT).session);
      return { library, sender, sessions };
    },
    run: ({ library, sessions }) => sessions.map((session) => library.encrypt(session, TEXT)),
    tearDown: ({ library, sender, sessions }) => library.free(sender, ...sessions),
  },
  { name: "ready", unit: "ms", compare: coldStarts },
];

/** The recipient's side of a session that somebody else begins. */
function firstMessage(name) {
  return {
    name,
    unit: "ms",
    setUp: pairOfPeople,
    prepare({ library, initiator, responder }, count) {
      return library.publish(responder, count).map((offer) => {
        const { session, message } = library.initiate(initiator, offer, TEXT);
        library.free(session);
        return message;
      });
    },
    maxBatch: MAX_OFFERS,
    tidy({ library }, made) {
      for (const { text } of made) assertText(text);
      library.free(...made.map(({ session }) => session));
    },
    tearDown: freePeople,
  };
}

/** Sessions with so many devices that nothing was sent to before, and a message to all of them. */
function fanOutFirst(devices, { rounds }) {
  return {
    name: `fanout-${devices}-first`,
    unit: "ms",
    rounds,
    calls: 1,
    setUp: (library) => ({ library, sender: library.person(), offers: offersOfMany(library, devices) }),
    run: ({ library, sender, offers }) => offers.map((offer) => library.initiate(sender, offer, TEXT)),
    tidy: ({ library }, made) => library.free(...made.flat().map(({ session }) => session)),
    tearDown: ({ library, sender }) => library.free(sender),
  };
}

/** An offer of each of so many devices. */
function offersOfMany(library, devices) {
  return Array.from({ length: devices }, () => {
    const person = library.person();
    const [offer] = library.publish(person, 1);
    library.free(person);
    return offer;
  });
}

function pairOfPeople(library) {
  const [initiator, responder] = [library.person(), library.person()];
  // What a recipient knows of a sender is in what the sender publishes.
  initiator.expected = library.publish(initiator, 1)[0].expected;
  return { library, initiator, responder };
}

function freePeople({ library, initiator, responder }) {
  library.free(initiator, responder);
}

/** A session of two, with an answer behind it: from here on messages carry no setup. */
function conversation(library) {
  const people = pairOfPeople(library);
  const { initiator, responder } = people;
  const [offer] = library.publish(responder, 1);
  const { session: ours, message } = library.initiate(initiator, offer, TEXT);
  const { session: theirs, text } = library.accept(responder, initiator, message);
  assertText(library.decrypt(ours, library.encrypt(theirs, text)));
  assertText(library.decrypt(theirs, library.encrypt(ours, TEXT)));
  return { ...people, ours, theirs };
}

function endConversation({ library, initiator, responder, ours, theirs }) {
  library.free(initiator, responder, ours, theirs);
}

function assertText(text) {
  if (text !== TEXT) throw new Error("a message did not arrive as it was sent");
}
