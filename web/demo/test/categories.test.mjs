import assert from "node:assert/strict";
import { test } from "node:test";
import { SealpostError } from "sealpost";
import { load } from "./load.mjs";

const { categoryProblem } = await load("lib/limits.ts");
const { explainCategory } = await load("lib/errors.ts");
const { Forums } = await load("state/forums.ts");

/** A relay's categories, as the package has them; `fails` are calls that reject. */
function setUp({ names = ["General"], mayCreate = true } = {}) {
  const relay = { names: [...names], mayCreate, fails: new Map(), created: [] };
  const answer = (method, value) => {
    const error = relay.fails.get(method);
    return error === undefined ? Promise.resolve(value()) : Promise.reject(error);
  };
  const forum = (name) => ({ id: name, name, createdAt: 0 });
  const forums = new Forums(
    {
      on: () => undefined,
      forums: {
        topics: () => answer("topics", () => []),
        list: () => answer("list", () => relay.names.map(forum)),
        mayCreate: () => answer("mayCreate", () => relay.mayCreate),
        create: (name) =>
          answer("create", () => {
            relay.created.push(name);
            relay.names.push(name);
            return forum(name);
          }),
      },
    },
    { nameOf: () => "", announce: () => undefined },
  );
  const shown = () => forums.forums.get().map(({ name }) => name);
  return { relay, forums, shown };
}

test("a category's name is refused when it is too long, not one line, or one that there is", () => {
  const problem = (name) => categoryProblem(name, ["General", "Films  and books"]);
  for (const name of ["", "  ", "Sports", "x".repeat(200), "Générale"]) assert.equal(problem(name), null, name);
  assert.match(problem("x".repeat(201)), /too long/);
  assert.match(problem("é".repeat(101)), /too long/);
  assert.match(problem("a\u0000b"), /characters/);
  for (const name of ["General", " general ", "GENERAL", "films and books", "Ｇeneral"]) assert.match(problem(name), /already/, name);
});

test("who may not create is told whom to ask; what else went wrong is said as everywhere", () => {
  assert.match(explainCategory(new SealpostError("forbidden", "x")), /administrators/);
  assert.match(explainCategory(new SealpostError("network", "x")), /connection/);
  assert.match(explainCategory(new SealpostError("rate-limited", "x")), /fast/);
});

test("whether this person may create categories is known when they are, and looked at again", async () => {
  const { relay, forums, shown } = setUp({ mayCreate: false });
  assert.equal(forums.mayCreate.get(), false);
  await forums.refresh();
  assert.deepEqual(shown(), [], "not before the first reading");
  await forums.load();
  assert.deepEqual([forums.status.get().phase, forums.mayCreate.get(), shown()], ["ready", false, ["General"]]);
  relay.mayCreate = true;
  relay.names.push("Of another administrator");
  await forums.refresh();
  assert.deepEqual([forums.mayCreate.get(), shown()], [true, ["General", "Of another administrator"]]);
  const before = forums.forums.get();
  await forums.refresh();
  assert.equal(forums.forums.get(), before, "the same list again is no change");
  relay.fails.set("list", new SealpostError("network", "x"));
  await forums.refresh();
  assert.deepEqual([forums.status.get().phase, shown()], ["ready", ["General", "Of another administrator"]]);
});

test("a created category is listed at once, and once", async () => {
  const { relay, forums, shown } = setUp();
  await forums.load();
  assert.equal(await forums.createCategory("Sports"), true);
  assert.deepEqual([shown(), relay.created], [["General", "Sports"], ["Sports"]]);
  await forums.refresh();
  assert.deepEqual(shown(), ["General", "Sports"]);
});

test("a name that somebody took meanwhile, or an attempt whose answer was lost, makes no second category", async () => {
  const { relay, forums, shown } = setUp();
  await forums.load();
  relay.names.push("Sports");
  assert.equal(await forums.createCategory("sports"), false);
  assert.deepEqual([relay.created, shown()], [[], ["General", "Sports"]], "and the one that there is shows");
});

test("a failure is passed on and changes nothing", async () => {
  const { relay, forums, shown } = setUp();
  await forums.load();
  for (const [method, code] of [["create", "forbidden"], ["list", "network"], ["mayCreate", "network"]]) {
    relay.fails = new Map([[method, new SealpostError(code, "x")]]);
    await assert.rejects(forums.createCategory("Sports"), { code });
    assert.deepEqual([shown(), relay.created], [["General"], []]);
  }
});
