/** What came of a run, and how it is shown; for the page and for the scripts. */

/** What we set out for: a ratio to the peer at least, or milliseconds at most. */
export const goals = {
  "setup-initiator": { ratio: 1 },
  "setup-recipient": { ratio: 0.9 },
  encrypt: { ratio: 1.5 },
  decrypt: { ratio: 1.5 },
  "round-trip": { ratio: 3 },
  "fanout-1000-again": { milliseconds: 30 },
  ready: { milliseconds: 40 },
};

/** From the milliseconds of a call, ours and theirs, to the case's unit: milliseconds a call ("ms") or calls a second ("1/s"). */
export function result({ name, unit }, [ours, theirs]) {
  const inUnit = (milliseconds) => round(unit === "ms" ? milliseconds : 1_000 / milliseconds);
  return { name, value: inUnit(ours), unit, reference: inUnit(theirs), ratio: round(theirs / ours) };
}

/** To four digits: more is noise. */
const round = (number) => Number(number.toPrecision(4));

/** Whether the goal was reached; null where there is none. */
export function reached({ name, value, ratio }) {
  const aim = goals[name];
  if (aim === undefined) return null;
  return aim.ratio === undefined ? value <= aim.milliseconds : ratio >= aim.ratio;
}

export function goal(name) {
  const aim = goals[name];
  if (aim === undefined) return "";
  return aim.ratio === undefined ? `≤ ${aim.milliseconds} ms` : `≥ ${aim.ratio} ×`;
}

const thousands = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
export const show = (number) => thousands.format(number);
export const showRatio = (number) => `${number.toFixed(2)} ×`;
