// Takes all pictures of the README and the documentation, of a relay that is filled as `npm run demo:seed` fills it.
//   npm run picture        (after npm run build, where there is a font with emoji, e.g. Debian's fonts-noto-color-emoji); look at each before it is committed
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Demo } from "../tests/e2e/lib/demo.mjs";
import { Devices } from "../tests/e2e/lib/devices.mjs";
import { Person } from "../tests/e2e/lib/person.mjs";
import { Relay } from "../tests/e2e/lib/relay.mjs";
import { Topics } from "../tests/e2e/lib/topics.mjs";
import { inRoot } from "./lib/paths.mjs";
import { main, say } from "./lib/run.mjs";
import { Accounts } from "./seed/accounts.mjs";
import { fill } from "./seed/fill.mjs";
import { MOST, namesFor } from "./seed/texts.mjs";

const PEOPLE = 12;
const WIDE = { width: 1120, height: 700 };
const NARROW = { width: 390, height: 700 };
const options = (viewport, colorScheme) => ({ viewport, colorScheme, reducedMotion: "reduce" });

await main(async () => {
  const folder = mkdtempSync(join(tmpdir(), "sealpost-picture-"));
  const relay = await Relay.start(join(folder, "relay"));
  try {
    await populate(relay.url, join(folder, "profile-shown"));
    await inside(relay.url, folder, options(WIDE, "light"), async (person, demo, topics) => {
      await demo.open("Garden, plot 7");
      await demo.details();
      await take(person.page, "demo.png");
      await topics.open("Tool library");
      await take(person.page, "forum.png");
      await demo.page.getByRole("list", { name: "Sections" }).getByRole("link", { name: /^Conversations/ }).click();
      await whatTheRelaySees(demo);
      await take(person.page, "relay-view.png");
    });
    await inside(relay.url, folder, options(NARROW, "dark"), async (person, _demo, topics) => {
      await topics.open("Welcome");
      await take(person.page, "forum-narrow-dark.png");
    });
    await inside(relay.url, folder, options(NARROW, "light"), async (person, demo) => {
      await demo.open("Garden, plot 7");
      await demo.log.getByText("garden-plan.txt").first().scrollIntoViewIfNeeded();
      await take(person.page, "file-narrow.png");
      await linking(relay.url, folder, person.page);
    });
  } finally {
    await relay.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** People who talk; the first one's browser keeps what it has in `profile`. */
async function populate(origin, profile) {
  const accounts = new Accounts(origin);
  try {
    const names = namesFor(Math.min(PEOPLE, MOST), () => 0.4);
    const everyone = [];
    for (const [index, name] of names.entries()) {
      const account = await accounts.open(index === 0 ? profile : null);
      await account.register(name);
      everyone.push(account);
    }
    await fill(everyone);
  } finally {
    await accounts.close();
  }
}

/** The demo in the first one's browser. */
async function inside(origin, folder, how, task) {
  const person = new Person("shown", { folder, origin, options: how });
  try {
    const demo = new Demo(await person.open());
    await demo.online();
    await task(person, demo, new Topics(person.page));
  } finally {
    await person.close();
  }
}

async function whatTheRelaySees(demo) {
  const { page } = demo;
  await demo.open("Garden, plot 7");
  await page.getByRole("button", { name: /conversation details|group details/i }).first().click();
  await page.getByRole("button", { name: "What the relay sees" }).click();
  // From here on it is shown.
  await demo.send("See you at ten");
  await demo.allSent();
  const entry = page.getByRole("list", { name: "On the wire" }).getByRole("listitem").filter({ hasText: "POST /api/messages" });
  await entry.last().locator("summary").click();
}

/** A second browser shows its code, and what is to be compared. */
async function linking(origin, folder, old) {
  const fresh = new Person("fresh", { folder, origin, options: options(NARROW, "light") });
  try {
    const devices = new Devices(await fresh.open());
    const code = await devices.join("Laptop");
    await take(fresh.page, "link-code.png");
    await old.goto(new URL("/", origin).href);
    const others = new Devices(old);
    await others.open();
    await others.enter(code);
    await devices.shown();
    await take(fresh.page, "link-compare.png");
    await devices.confirm(false);
  } finally {
    await fresh.close();
  }
}

async function take(page, name) {
  await page.mouse.move(0, 0);
  await page.evaluate(() => Promise.allSettled(globalThis.document.getAnimations().map(({ finished }) => finished)));
  await page.waitForTimeout(600);
  const path = inRoot("docs/images", name);
  await page.screenshot({ path });
  say(`docs/images/${name}, ${Math.round(statSync(path).size / 1024)} KB`);
}
