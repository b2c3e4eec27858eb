// `npm run demo:seed`: fills a running relay with people, conversations and topics, and links your browser to one of the accounts.
//   npm run demo:seed -- [URL] [--people 12] [--anew] [--keep data/seed]
// The first account's browser profile is kept, so that more browsers can be linked another time; --anew makes other accounts.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { inRoot } from "./lib/paths.mjs";
import { bold, dim, Failure, main, say, since } from "./lib/run.mjs";
import { MOST, namesFor } from "./seed/texts.mjs";
import { forBuild, setup } from "./setup.mjs";

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { people: { type: "string", default: "12" }, anew: { type: "boolean", default: false }, keep: { type: "string", default: inRoot("data/seed") } },
  });
  const origin = new URL(positionals[0] ?? `http://127.0.0.1:${process.env.PORT ?? 8080}`).origin;
  const people = Number(values.people);
  if (!Number.isInteger(people) || people < 2 || people > MOST) throw new Failure(`--people is a number from 2 to ${MOST}`);
  const isUp = await fetch(new URL("/readyz", origin)).then((response) => response.ok, () => false);
  if (!isUp) throw new Failure(`no relay answers at ${origin}: begin with npm start, in another terminal`);
  await setup([...forBuild, "browser"]);
  await build(["wasm", "client"]);
  // Not before the packages are installed.
  const { Accounts, profileFor } = await import("./seed/accounts.mjs");
  const { fill } = await import("./seed/fill.mjs");

  const profile = profileFor(values.keep, origin);
  if (values.anew) rmSync(profile, { recursive: true, force: true });
  const isSeeded = existsSync(profile);
  mkdirSync(profile, { recursive: true });
  const accounts = new Accounts(origin);
  try {
    const shown = await accounts.open(profile);
    if (!isSeeded || shown.me === null) await seed(accounts, shown, people, fill);
    else say(`was filled before, with ${bold(shown.name)} (--anew makes other people)`);
    await invite(shown, origin, values.keep);
  } finally {
    await accounts.close();
  }
});

async function seed(accounts, shown, people, fill) {
  const start = performance.now();
  const names = namesFor(people, Math.random);
  const everyone = [shown];
  while (everyone.length < people) everyone.push(await accounts.open());
  for (const [index, account] of everyone.entries()) await register(account, names[index]);
  say(`${everyone.map(({ name }) => name).join(", ")} ${dim(`(${since(start)})`)}`);
  await fill(everyone, (done) => say(`${done} ${dim(`(${since(start)})`)}`));
}

/** Under this name or, if somebody has it, one that begins with it. */
async function register(account, name) {
  for (let attempt = 1; account.me === null; attempt += 1) await account.register(attempt === 1 ? name : `${name}-${attempt}`);
}

/** A device that is in topics adds the account's newest one: linking hands over conversations, not the keys of topics. */
function bringIntoTopics(account) {
  return account.has("its new device in all topics", async (sealpost) => {
    const { length } = await sealpost.devices.list();
    const { userId } = sealpost.me;
    for (const { id } of await sealpost.forums.topics()) {
      const isIn = async () => (await sealpost.forums.members(id)).find((member) => member.userId === userId).devices === length;
      if (!(await isIn())) await sealpost.forums.invite(id, [userId]);
      if (!(await isIn())) return false;
    }
    return true;
  });
}

/** Links browsers of whoever sits at the terminal to the account, until they want no more. */
async function invite(account, origin, kept) {
  const lines = createInterface({ input: process.stdin });
  const answers = lines[Symbol.asyncIterator]();
  const ask = async (question) => {
    console.log(question);
    const { value, done } = await answers.next();
    return done ? "" : value.trim();
  };
  await account.page.exposeFunction("sameOnBoth", async ({ emoji, decimals }) => {
    const answer = await ask(`It shows ${bold(emoji.map(({ symbol, name }) => `${symbol} ${name}`).join("  "))}, ${decimals.join(" ")}. The same as here? (y/n)`);
    return answer.toLowerCase().startsWith("y");
  });
  say(`Look at it as ${bold(account.name)}: open ${bold(origin)} in a browser where nobody is registered (a private window, say) and choose “Add this device to an account”.`);
  for (;;) {
    const code = await ask("Paste the code that it shows, or press Enter to end:");
    if (code === "") break;
    const problem = await account.do((sealpost, shown) => sealpost.devices.link(shown, { compare: globalThis.sameOnBoth }).then(() => null, ({ message }) => message), code);
    say(problem ?? "Linked: the conversations are there. The topics follow once the new device has told the relay how to add it.");
    if (problem !== null) continue;
    const isIn = await bringIntoTopics(account).then(() => true, () => false);
    say(isIn ? "The topics are there, too." : "The new device does not come into topics: was it closed?");
  }
  lines.close();
  say(`The account's first device stays in ${dim(kept)}; npm run demo:seed links more browsers.`);
}
