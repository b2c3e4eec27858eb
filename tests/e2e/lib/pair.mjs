import { Demo } from "./demo.mjs";
import { World } from "./world.mjs";

/** Two registered people, each with their browser and its demo; the first one has begun a conversation with the second. */
export async function pair(t) {
  const world = await World.create(t);
  const people = [];
  for (const name of ["alice", "bob"]) {
    const person = await world.person(name);
    const demo = new Demo(person.page);
    await demo.register(name);
    people.push({ person, demo, page: person.page });
  }
  const [alice, bob] = people;
  await alice.demo.startConversation(["bob"]);
  return { world, alice, bob };
}
