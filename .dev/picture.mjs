// Takes the README's picture of the demo: three people, a group, one real conversation.
//   node .dev/picture.mjs        (after npm run build)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Demo } from "../tests/e2e/lib/demo.mjs";
import { Person } from "../tests/e2e/lib/person.mjs";
import { Relay } from "../tests/e2e/lib/relay.mjs";
import { inRoot } from "./lib/paths.mjs";
import { main, say } from "./lib/run.mjs";

const NAMES = ["alice", "bob", "carol"];
const TALK = [
  ["alice", "The draft is in. Who reads it first?"],
  ["bob", "Me, tonight. Is the part about key changes in?"],
  ["alice", "Section 4. It took the longest 🔐"],
  ["carol", "I'll take the figures: https://example.org/figures"],
  ["bob", "Then we are done by Friday."],
];

await main(async () => {
  const folder = mkdtempSync(join(tmpdir(), "sealpost-picture-"));
  const relay = await Relay.start(join(folder, "relay"));
  const people = new Map();
  try {
    for (const name of NAMES) {
      const options = { viewport: { width: 1120, height: 700 }, deviceScaleFactor: 1.5, colorScheme: "light" };
      const person = new Person(name, { folder, origin: relay.url, options });
      const demo = new Demo(await person.open());
      await demo.register(name);
      people.set(name, { person, demo });
    }
    const alice = people.get("alice").demo;
    await alice.startConversation(["carol"]);
    await alice.send("Lunch at one?");
    await alice.startConversation(["bob"]);
    await alice.send("Did the safety number match?");
    await alice.startConversation(["bob", "carol"], "Paper");
    for (const [name, text] of TALK) {
      const { demo } = people.get(name);
      if (name !== "alice") await demo.open("Paper");
      await demo.send(text);
      await alice.sees(text);
    }
    await alice.allSent();
    await alice.details();
    await alice.page.waitForTimeout(600);
    await alice.page.screenshot({ path: inRoot("docs/images/demo.png") });
    say("docs/images/demo.png");
  } finally {
    await Promise.all([...people.values()].map(({ person }) => person.close()));
    await relay.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
