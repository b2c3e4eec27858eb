// The example of an Express application with users of its own, beside a relay in host-app mode at another origin.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { inRoot } from "../../.dev/lib/paths.mjs";
import { assertAccessible } from "./lib/accessible.mjs";
import { Canaries } from "./lib/canaries.mjs";
import { temporaryFolder } from "./lib/folder.mjs";
import { Person } from "./lib/person.mjs";
import { freePort, Relay } from "./lib/relay.mjs";
import { until } from "./lib/wait.mjs";

const PASSWORD = "violet anchor drums";

/** The application and its relay, started as the example's README says. */
async function site(t) {
  const folder = temporaryFolder("express");
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const env = { AUTH_JWKS_URL: `${origin}/.well-known/jwks.json`, AUTH_ISSUER: origin, AUTH_AUDIENCE: "sealpost", CORS_ORIGINS: origin };
  const relay = await Relay.start(join(folder, "relay"), { env });
  t.after(() => (relay.running ? relay.kill() : undefined));
  const app = spawn(process.execPath, ["server.mjs"], {
    cwd: inRoot("web/examples/express"),
    env: { ...process.env, PORT: String(port), RELAY: relay.url },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise((resolve) => app.once("exit", resolve));
  t.after(async () => {
    app.kill();
    await ended;
  });
  await until("the application answers", async () => (await fetch(`${origin}/me`)).ok);
  const person = async (name) => {
    const somebody = new Person(name, { folder, origin });
    t.after(() => somebody.close());
    await somebody.open();
    return somebody;
  };
  return { origin, relay, person };
}

async function enter(page, name, action, password = PASSWORD) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: action }).click();
}

async function write(page, text) {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
}

const isOnline = (page) => page.getByRole("status").getByText("online", { exact: true }).waitFor();

test("the Express example: its users sign up, write to each other, log out and come back", async (t) => {
  const { relay, person } = await site(t);
  const canaries = new Canaries();
  const [alice, bob] = [await person("alice"), await person("bob")];
  await alice.page.getByRole("button", { name: "Sign up" }).waitFor();
  await assertAccessible(alice.page, "logged out");
  await enter(alice.page, "alice", "Sign up");
  await enter(bob.page, "bob", "Sign up");
  await Promise.all([isOnline(alice.page), isOnline(bob.page)]);

  const greeting = canaries.text("greeting");
  await alice.page.getByLabel("Write to").fill("bob");
  await alice.page.keyboard.press("Enter");
  await alice.page.getByRole("option", { name: "bob" }).waitFor({ state: "attached" });
  await write(alice.page, greeting);
  await bob.page.getByText(greeting).waitFor();
  const answer = canaries.text("answer");
  await write(bob.page, answer);
  await alice.page.getByText(answer).waitFor();
  await assertAccessible(alice.page, "in a conversation");

  // Logged out, and in again: the same user, keys and messages.
  await alice.page.getByRole("button", { name: "Log out" }).click();
  await enter(alice.page, "alice", "Log in", "another password");
  await alice.page.getByRole("alert").getByText("No user has this name and password.").waitFor();
  await enter(alice.page, "alice", "Log in");
  await isOnline(alice.page);
  await alice.page.getByText(answer).waitFor();
  const again = canaries.text("again");
  await write(alice.page, again);
  await bob.page.getByText(again).waitFor();

  await relay.stop();
  canaries.assertNoneIn([relay.folder]);
  assert.deepEqual([...alice.problems, ...bob.problems], []);
});

test("the Express example gives tokens to nobody who is not logged in", async (t) => {
  const { origin, person } = await site(t);
  assert.equal((await fetch(`${origin}/sealpost-token`)).status, 401);
  const alice = await person("alice");
  await enter(alice.page, "Alice!", "Sign up");
  await alice.page.getByRole("alert").getByText("3 to 32 lower-case letters").waitFor();
  await enter(alice.page, "alice", "Sign up");
  await isOnline(alice.page);
  await alice.page.getByLabel("Write to").fill("nobody");
  await alice.page.keyboard.press("Enter");
  await alice.page.getByRole("alert").getByText("Nobody is called nobody").waitFor();
});
