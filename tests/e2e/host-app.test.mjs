// Host-app mode: a relay that takes only people whom an application vouches for, with the package alone, in real browsers.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "./lib/folder.mjs";
import { Member, packageWorld } from "./lib/package-page.mjs";
import { until } from "./lib/wait.mjs";

const ISSUER = "https://app.example";
const AUDIENCE = "sealpost";
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An application with a key of its own, and a relay that knows it. */
async function hostWorld(t) {
  const folder = temporaryFolder("host");
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const file = join(folder, "key.pem");
  writeFileSync(file, publicKey.export({ type: "spki", format: "pem" }));
  const env = { AUTH_JWT_KEY: file, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE };
  const world = await packageWorld(t, { env });
  /** The application's word that its page is `subject`'s. */
  const token = (subject, { audience = AUDIENCE } = {}) => {
    const claims = { iss: ISSUER, aud: audience, sub: subject, exp: Math.floor(Date.now() / 1000) + 300 };
    const signed = `${encode({ alg: "EdDSA", typ: "JWT" })}.${encode(claims)}`;
    return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
  };
  /** A page with the package whose application says these tokens, one after the other; the last one from then on. */
  const open = async (member, tokens) => {
    await member.person.page.evaluate(async (given) => {
      const { Sealpost } = await import("/sealpost/index.js");
      globalThis.asked = 0;
      const hostToken = () => {
        globalThis.asked += 1;
        const token = given.length > 1 ? given.shift() : given[0];
        if (token === null) throw new Error("nobody is logged in");
        return Promise.resolve(token);
      };
      globalThis.sealpost = await Sealpost.open({ relay: location.origin, hostToken });
    }, tokens);
    return member;
  };
  const member = async (name, ...tokens) => open(new Member(await world.person(name)), tokens);
  return { world, token, open, member };
}

const register = (member, username) => member.do(({ sealpost }, name) => sealpost.register({ username: name }), username);
const online = (member) => until(`${member.person.name} is online`, () => member.do(({ sealpost }) => sealpost.connection.state === "online" || Promise.reject(new Error(JSON.stringify(sealpost.connection)))));
const asked = (member) => member.person.page.evaluate("globalThis.asked");

test("people whom the application vouches for register, log in and write to each other", async (t) => {
  const { world, token, member, open } = await hostWorld(t);
  const alice = await member("alice", token("1"));
  const bob = await member("bob", token("2"));
  assert.equal(await asked(alice), 0, "not before it is needed");
  const me = await register(alice, "alice");
  const other = await register(bob, "bob");
  await Promise.all([online(alice), online(bob)]);
  assert.equal(await asked(alice), 2, "once to register, once to log in");
  const text = world.canaries.text("greeting");
  await alice.do(async ({ sealpost }, content) => {
    const contact = await sealpost.contacts.find("bob");
    const conversation = await sealpost.conversations.create({ members: [contact.userId] });
    await sealpost.messages.send(conversation.id, { text: content });
  }, text);
  await until("bob reads it", () => bob.do(async ({ sealpost }, content) => {
    const [conversation] = await sealpost.conversations.list();
    const { items } = await sealpost.messages.list(conversation.id);
    return items.some((message) => message.text === content) || Promise.reject(new Error("not yet"));
  }, text));
  assert.notEqual(me.userId, other.userId);

  // A new page of the same profile logs in with a new token.
  await alice.person.page.reload();
  await open(alice, [token("1")]);
  await online(alice);
  assert.equal(await asked(alice), 1);
  await world.assertRelayKnowsNoSecret();
});

test("T25: whom the application does not vouch for stays out, and hears why", async (t) => {
  const { world, token, member, open } = await hostWorld(t);
  const alice = await member("alice", null, "x.y.z", token("1", { audience: "another" }), token("1"));
  await assert.rejects(register(alice, "alice"), { code: "host-token" });
  await assert.rejects(register(alice, "alice"), { code: "unauthorized" });
  await assert.rejects(register(alice, "alice"), { code: "unauthorized" });
  await register(alice, "alice");
  await online(alice);

  const twin = await member("twin", token("1"));
  await assert.rejects(register(twin, "twin"), { code: "already-registered" });
  const plain = new Member(await world.person("plain"));
  await plain.open();
  await assert.rejects(register(plain, "plain"), { code: "unauthorized" });

  // Somebody else at the application is not logged in as Alice's device.
  await alice.person.page.reload();
  await open(alice, [token("2")]);
  await until("alice is refused", () => alice.do(({ sealpost }) => sealpost.connection.error?.code === "unauthorized" || Promise.reject(new Error(JSON.stringify(sealpost.connection)))));
});
