// The repository's README says how to put a chat into an application: so it goes, with the packed package and Vite's development server.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createServer } from "vite";
import { inRoot } from "../../.dev/lib/paths.mjs";
import { temporaryFolder } from "../e2e/lib/folder.mjs";
import { Person } from "../e2e/lib/person.mjs";
import { freePort, Relay } from "../e2e/lib/relay.mjs";
import { until } from "../e2e/lib/wait.mjs";
import { installed } from "./lib/package.mjs";

/** The three files, for a relay of the test's own. */
function application(relay) {
  const folder = installed("readme");
  const text = readFileSync(inRoot("README.md"), "utf8");
  const piece = (language) => new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "m").exec(text)[1];
  const main = piece("ts");
  assert.ok(main.includes("http://127.0.0.1:8080"), "the README's relay is that of npm start");
  writeFileSync(join(folder, "index.html"), piece("html"));
  writeFileSync(join(folder, "main.ts"), main.replace("http://127.0.0.1:8080", relay.url));
  writeFileSync(join(folder, "vite.config.mjs"), piece("javascript"));
  return folder;
}

/** Whether the page has got so far that it listens to its form. */
async function listensToSubmit(page) {
  const session = await page.context().newCDPSession(page);
  const { result } = await session.send("Runtime.evaluate", { expression: "document.querySelector('form')" });
  const { listeners } = await session.send("DOMDebugger.getEventListeners", { objectId: result.objectId });
  await session.detach();
  return listeners.some(({ type }) => type === "submit");
}

test("two people chat in the application of the README", async (t) => {
  const folder = temporaryFolder("readme");
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const relay = await Relay.start(join(folder, "relay"), { env: { CORS_ORIGINS: origin } });
  t.after(() => relay.kill());
  const root = application(relay);
  const { default: config } = await import(pathToFileURL(join(root, "vite.config.mjs")).href);
  const vite = await createServer({ ...config, root, configFile: false, logLevel: "error", server: { port, strictPort: true, host: "localhost" } });
  t.after(() => vite.close());
  await vite.listen();

  const enter = async (name, answers) => {
    const person = new Person(name, { folder, origin });
    t.after(() => person.close());
    const page = await person.open("about:blank");
    page.on("dialog", (dialog) => dialog.accept(answers.shift()));
    await page.goto(origin);
    await until(`${name}'s application has started`, () => listensToSubmit(page));
    const send = async (text) => {
      await page.getByRole("textbox", { name: "Message" }).fill(text);
      await page.getByRole("button", { name: "Send" }).click();
    };
    const shows = (...lines) => until(`${name} sees ${lines.join(", ")}`, async () => {
      const shown = await page.getByRole("listitem").allInnerTexts();
      if (shown.join("\n") !== lines.join("\n")) throw new Error(`${shown.join(" | ")} ${person.problems.join(" ")}`);
      return true;
    }, { timeoutMs: 30_000 });
    return { person, send, shows };
  };
  const bob = await enter("bob", ["bob"]);
  const alice = await enter("alice", ["alice", "bob"]);
  await alice.send("Hello");
  await alice.shows("alice: Hello");
  await bob.shows("alice: Hello");
  await bob.send("Hello yourself");
  await alice.shows("alice: Hello", "bob: Hello yourself");
  assert.deepEqual([...alice.person.problems, ...bob.person.problems], []);
});
