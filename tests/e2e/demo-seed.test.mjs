// `npm run demo:seed` fills a relay, and somebody looks at it in a browser of their own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { inRoot } from "../../.dev/lib/paths.mjs";
import { Demo } from "./lib/demo.mjs";
import { Devices } from "./lib/devices.mjs";
import { Topics } from "./lib/topics.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

/** The script as somebody has it in a terminal. */
class Script {
  output = "";

  constructor(t, ...options) {
    this.#child = spawn(process.execPath, [inRoot(".dev/seed.mjs"), ...options], { stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on("data", (data) => (this.output += data));
    this.ended = new Promise((resolve) => this.#child.once("close", resolve));
    t.after(async () => {
      this.#child.kill();
      await this.ended;
    });
  }

  #child;

  says(pattern) {
    return until(`the script says ${pattern}`, () => {
      const found = pattern.exec(this.output);
      if (found === null) throw new Error(this.output);
      return found;
    }, { timeoutMs: 90_000 });
  }

  answer(line) {
    this.output = "";
    this.#child.stdin.write(`${line}\n`);
  }
}

test("a relay is filled, and a browser of one's own shows it", async (t) => {
  const world = await World.create(t);
  const options = [world.relay.url, "--keep", join(world.folder, "seed")];
  const script = new Script(t, ...options, "--people", "3");
  const [, name] = await script.says(/Look at it as (\S+):/);
  await script.says(/Paste the code/);

  const person = await world.person("somebody");
  const [demo, devices, topics] = [new Demo(person.page), new Devices(person.page), new Topics(person.page)];
  script.answer(await devices.join("mine"));
  const [, decimals] = await script.says(/, ([\d ]+)\. The same as here/);
  const shown = await devices.shown();
  for (const number of decimals.split(" ")) assert.ok(shown.includes(number), `${shown} against ${decimals}`);
  script.answer("y");
  await devices.confirm();
  await script.says(/The topics are there/);

  await demo.row("Garden, plot 7").waitFor();
  await demo.open("Garden, plot 7");
  await demo.sees("The boards have come");
  await demo.sees("Does the soil come on Monday already?");
  assert.ok((await demo.texts()).every((text) => !text.includes("before the boards")), "an edit counts");
  assert.equal(await demo.message("I can bring two shovels").getByRole("button", { name: "👍" }).count(), 1, "a reaction");
  await demo.log.getByText("garden-plan.txt").first().waitFor();
  await demo.assertHealthy();
  await topics.section();
  await topics.row("Welcome").waitFor({ timeout: 60_000 });
  await topics.open("Welcome");
  await topics.sees("Welcome! Say who you are");
  script.answer("");
  assert.equal(await script.ended, 0, script.output);

  const again = new Script(t, ...options);
  assert.equal((await again.says(/was filled before, with (\S+) /))[1], name);
  await again.says(/Paste the code/);
  again.answer("");
  assert.equal(await again.ended, 0, again.output);
  world.assertNoProblems();
});
