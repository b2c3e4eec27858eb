// The hooks for React, from the packed package: on a server, and in an application in a browser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../e2e/lib/folder.mjs";
import { Person } from "../e2e/lib/person.mjs";
import { freePort, Relay } from "../e2e/lib/relay.mjs";
import { installed } from "./lib/package.mjs";
import { serveSite } from "./lib/site.mjs";

const app = fileURLToPath(new URL("apps/react/main.jsx", import.meta.url));

test("on a server the hooks show that they load, and touch nothing", () => {
  const folder = installed("react-server");
  const program = `
    import { createElement as h, Suspense } from "react";
    import { renderToString } from "react-dom/server";
    import * as sealpost from "sealpost/react";

    const { SealpostProvider, useSealpost, useMe, useVault, useConnection, useSafetyNumber, useMessages, usePosts } = sealpost;
    function All() {
      const lists = ["useConversations", "useContacts", "useTopics"].map((name) => sealpost[name]({ suspense: true }));
      const histories = [useMessages("a", { suspense: true }), usePosts("b")];
      const seen = { status: useSealpost().status, me: useMe(), vault: useVault(), state: useConnection().state, number: useSafetyNumber("c").number };
      return JSON.stringify({ ...seen, lists: lists.map(({ status, items }) => [status, items.length]), histories: histories.map(({ status, hasOlder }) => [status, hasOlder]) });
    }
    console.log(renderToString(h(SealpostProvider, { options: { relay: "https://relay.invalid" } }, h(Suspense, null, h(All)))).replaceAll("&quot;", '"'));
    try {
      renderToString(h(All));
    } catch ({ code }) {
      console.log(code);
    }
  `;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { cwd: folder, encoding: "utf8" });
  const [shown, code] = output.trim().split("\n");
  assert.deepEqual(JSON.parse(shown.match(/\{.*\}/)[0]), {
    status: "opening",
    me: null,
    vault: null,
    state: "connecting",
    number: "",
    lists: [["loading", 0], ["loading", 0], ["loading", 0]],
    histories: [["loading", false], ["loading", false]],
  });
  assert.equal(code, "invalid-argument", "outside a provider");
});

/** The application, and a browser on it. */
async function opened(t) {
  const { build } = await import("vite");
  const folder = installed("react");
  cpSync(app, join(folder, "main.jsx"));
  writeFileSync(join(folder, "index.html"), '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sealpost</title><script type="module" src="/main.jsx"></script></html>\n');
  await build({ root: folder, configFile: false, logLevel: "error", worker: { format: "es" }, oxc: { jsx: { runtime: "automatic" } } });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const place = temporaryFolder("react");
  const relay = await Relay.start(join(place, "relay"), { env: { PUBLIC_ORIGIN: origin } });
  t.after(() => relay.kill());
  await serveSite(t, port, relay.port, { folder: join(folder, "dist") });
  const person = new Person("somebody", { folder: place, origin });
  t.after(() => person.close());
  return { person, page: await person.open() };
}

test("two people write to each other with the hooks alone", async (t) => {
  const { person, page } = await opened(t);
  const of = (name) => {
    const place = page.getByRole("region", { name });
    return {
      place,
      does: (button) => place.getByRole("button", { name: button, exact: true }).click(),
      shows: (text) => place.getByText(text).first().waitFor(),
      texts: () => place.getByRole("listitem").allInnerTexts(),
    };
  };
  const [alice, bob, broken] = [of("alice"), of("bob"), of("broken")];
  await broken.shows("failed: invalid-argument");
  await broken.does("failed: invalid-argument");
  await broken.shows("failed: invalid-argument");

  for (const one of [alice, bob]) {
    await one.shows(/^nobody (connecting|offline) unlocked$/);
    await one.does("register");
  }
  await alice.shows("alice online unlocked");
  await bob.shows("bob online unlocked");
  await alice.shows("conversations ready 0; contacts");
  await alice.does("begin");
  await alice.shows("conversations ready 1; contacts bob");
  await alice.does("send one");
  await bob.shows("conversations ready 1; contacts alice");
  await bob.place.getByRole("listitem").filter({ hasText: /^0$/ }).waitFor();
  await bob.does("send one");
  await alice.place.getByRole("listitem").filter({ hasText: /^1$/ }).waitFor();
  await alice.place.locator('li[data-state="sent"]').waitFor();

  const numbers = await Promise.all([alice, bob].map((one) => one.place.locator(".safety").innerText()));
  assert.match(numbers[0], /^\d{60} not verified$/);
  assert.equal(numbers[0], numbers[1]);
  await alice.place.locator(".safety").click();
  await alice.shows(/^\d{60} verified$/);

  await alice.does("send sixty");
  await bob.place.getByRole("listitem").filter({ hasText: /^61$/ }).waitFor();
  // Gone, and mounted anew: the newest page, and the one before it on request.
  await bob.does("show or hide");
  await bob.does("show or hide");
  await bob.place.getByRole("listitem").filter({ hasText: /^61$/ }).waitFor();
  assert.equal((await bob.texts()).includes("0"), false);
  await bob.does("older");
  await bob.place.getByRole("listitem").filter({ hasText: /^0$/ }).waitFor();
  assert.deepEqual(await bob.texts(), Array.from({ length: 62 }, (_, n) => `${n}`));

  await alice.does("found");
  await alice.shows("topics ready plans active");
  await alice.does("post");
  await alice.shows("posts a post");
  assert.deepEqual(person.problems, []);
});
