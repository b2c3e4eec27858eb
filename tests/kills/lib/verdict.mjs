// What must hold after whatever was killed. Nothing here knows browsers.

/**
 * @typedef {object} Side what became of one person
 * @property {Set<string>} sent texts whose `send` had resolved
 * @property {Set<string>} shown texts that events told of, its own and others'
 * @property {{ type: string, text?: string, outgoing: boolean, state: string }[]} history oldest first, in the end, out of a browser that was opened anew
 */

/**
 * Everything that is wrong, in a line each. A text is `WHO NUMBER`; the numbers of one WHO were sent one after the other.
 * @param {Record<string, Side>} sides two
 * @returns {string[]}
 */
export function faults(sides) {
  const names = Object.keys(sides);
  const textsOf = (name, isWanted = () => true) => sides[name].history.filter((message) => message.type === "text" && isWanted(message)).map(({ text }) => text);
  return names.flatMap((name) => {
    const [other] = names.filter((each) => each !== name);
    const own = textsOf(name);
    const has = new Set(own);
    const theirs = new Set(textsOf(other));
    const { sent, shown, history } = sides[name];
    return [
      ...own.filter((text, index) => own.indexOf(text) !== index).map((text) => `${name} has twice: ${text}`),
      ...[...sent].filter((text) => !has.has(text)).map((text) => `${name} was told that it was sent, and has it no longer: ${text}`),
      ...[...sent].filter((text) => !theirs.has(text)).map((text) => `${name} was told that it was sent, and ${other} never got it: ${text}`),
      ...[...shown].filter((text) => !has.has(text)).map((text) => `${name} was shown, and has no longer: ${text}`),
      ...textsOf(name, ({ outgoing }) => outgoing).filter((text) => !theirs.has(text)).map((text) => `${name} wrote, and ${other} never got: ${text}`),
      ...textsOf(name, ({ outgoing }) => !outgoing).filter((text) => !theirs.has(text)).map((text) => `${name} got what ${other} does not know to have written: ${text}`),
      ...history.filter(({ outgoing, state }) => outgoing && state !== "sent").map(({ text, state }) => `${name} still has as ${state}: ${text}`),
      ...history.filter(({ type }) => type === "undecryptable").map(() => `${name} could not decrypt a message`),
      ...disorder(own).map((text) => `${name} has out of order: ${text}`),
      ...disagreements(sides[name].history, sides[other].history).map((text) => `${name} and ${other} have in another order: ${text}`),
    ];
  });
}

/** The texts that stand behind a later one of the same WHO. */
function disorder(texts) {
  const last = new Map();
  return texts.filter((text) => {
    const [who, number] = text.split(" ");
    const isLate = Number(number) < (last.get(who) ?? -1);
    last.set(who, Math.max(Number(number), last.get(who) ?? -1));
    return isLate;
  });
}

/**
 * What one wrote stands in the other's history in the order of its own, and behind all that it had got before it wrote. What crossed on its way stands with each side as it saw it.
 */
function disagreements(own, theirs) {
  const placeOf = new Map(theirs.filter(({ type }) => type === "text").map(({ text }, place) => [text, place]));
  let last = -1;
  return own.filter(({ type, text }) => type === "text" && placeOf.has(text)).filter(({ text, outgoing }) => {
    const place = placeOf.get(text);
    const isLate = outgoing && place < last;
    last = Math.max(last, place);
    return isLate;
  }).map(({ text }) => text);
}
