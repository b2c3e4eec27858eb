import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertAccessible } from "./lib/accessible.mjs";
import { Demo } from "./lib/demo.mjs";
import { until } from "./lib/wait.mjs";
import { World } from "./lib/world.mjs";

const MiB = 1 << 20;

async function pair(t, options) {
  const world = await World.create(t, options);
  const people = [];
  for (const name of ["alice", "bob"]) {
    const person = await world.person(name, { acceptDownloads: true });
    const demo = new Demo(person.page);
    await demo.register(name);
    people.push(demo);
  }
  const [alice, bob] = people;
  await alice.startConversation(["bob"]);
  await alice.send("files follow");
  await bob.open("alice");
  return { world, alice, bob };
}

/** Files are chosen as the button's dialog does. */
async function choose(demo, ...files) {
  await demo.page.locator("[data-file-chooser]").setInputFiles(files);
}

const shown = (demo, name) => demo.log.locator("article[data-type=file]", { hasText: name });
const uploads = (demo) => demo.page.getByRole("list", { name: "Files being sent" }).getByRole("listitem");

async function saved(demo, name) {
  const download = demo.page.waitForEvent("download");
  await shown(demo, name).getByRole("button", { name: `Save ${name}` }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), name);
  return readFileSync(await file.path());
}

/** A JPEG that was drawn in a page, with a comment as a camera might leave it. */
async function photo(page, comment) {
  const url = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [1600, 900];
    const context = canvas.getContext("2d");
    context.fillStyle = "#c33";
    context.fillRect(0, 0, 800, 900);
    context.fillStyle = "#36c";
    context.fillRect(800, 0, 800, 900);
    return canvas.toDataURL("image/jpeg", 0.9);
  });
  const drawn = Buffer.from(url.split(",")[1], "base64");
  const text = Buffer.from(`Exif\0\0${comment}`);
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, (text.length + 2) >> 8, (text.length + 2) & 255]), text]);
  return Buffer.concat([drawn.subarray(0, 2), segment, drawn.subarray(2)]);
}

const blobsOf = (world) => {
  const folder = join(world.relay.folder, "relay.blobs");
  return existsSync(folder) ? readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((file) => statSync(file).isFile()) : [];
};

test("pictures and large files are sent, shown and saved, and the relay has ciphertext of them", async (t) => {
  const { world, alice, bob } = await pair(t);
  const place = world.canaries.text("where it was taken");
  const picture = await photo(alice.page, place);
  assert.ok(picture.includes(place));
  await choose(alice, { name: "sunset.jpg", mimeType: "image/jpeg", buffer: picture });
  const canary = randomBytes(32);
  world.canaries.add("a file's bytes", canary);
  const title = world.canaries.text("name");
  const large = Buffer.concat([randomBytes(3 * MiB), canary, randomBytes(2 * MiB), canary, Buffer.from("end")]);
  await choose(alice, { name: `${title}.bin`, mimeType: "application/octet-stream", buffer: large });

  for (const demo of [alice, bob]) {
    await shown(demo, "sunset.jpg").waitFor();
    await shown(demo, title).waitFor();
    const preview = shown(demo, "sunset.jpg").getByRole("img", { name: "Preview of sunset.jpg" });
    await until("the preview is drawn", () => preview.evaluate((image) => image.complete && image.naturalWidth > 0));
    assert.deepEqual(await preview.evaluate((image) => [image.naturalWidth, image.naturalHeight]), [320, 180]);
  }
  await alice.allSent();
  await assertAccessible(bob.page, "messages with files");
  assert.equal(Buffer.compare(await saved(bob, `${title}.bin`), large), 0);
  assert.equal(Buffer.compare(await saved(alice, `${title}.bin`), large), 0);
  const received = await saved(bob, "sunset.jpg");
  assert.ok(!received.includes(place), "what the camera wrote is not sent");
  assert.deepEqual([...received.subarray(0, 3)], [0xff, 0xd8, 0xff]);
  assert.ok(received.length > 5_000, "the picture itself is");

  // Taken back, it is gone for both, and from the relay's disk.
  assert.equal(blobsOf(world).length > 1, true);
  for (const name of ["sunset.jpg", title]) await alice.delete(name);
  await until("both are deleted", async () => (await bob.log.getByText("This message was deleted").count()) === 2);
  await until("nothing is left of them", async () => blobsOf(world).length === 0);
  world.assertNoProblems();
  await world.assertRelayKnowsNoSecret();
});

test("files are dropped and pasted, and nothing of a web page's own is mistaken for one", async (t) => {
  const { world, alice, bob } = await pair(t);
  const give = (name, type, target) =>
    alice.page.evaluate(
      ([name, type, target]) => {
        const data = new DataTransfer();
        data.items.add(new File(["what is in it"], name, { type: "text/plain" }));
        const init = { bubbles: true, cancelable: true };
        const event = type === "paste" ? new ClipboardEvent(type, { ...init, clipboardData: data }) : new DragEvent(type, { ...init, dataTransfer: data });
        document.querySelector(target).dispatchEvent(event);
      },
      [name, type, target],
    );
  await give("dropped.txt", "dragover", ".conversation");
  await alice.page.locator(".conversation[data-dropping]").waitFor();
  await give("dropped.txt", "drop", ".conversation");
  await give("pasted.txt", "paste", ".composer-input");
  for (const name of ["dropped.txt", "pasted.txt"]) {
    await shown(bob, name).waitFor();
    assert.equal(String(await saved(bob, name)), "what is in it");
  }
  assert.equal(await alice.page.locator("[data-dropping]").count(), 0);
  await alice.composer.fill("only text");
  await alice.page.keyboard.press("Enter");
  await bob.sees("only text");
  world.assertNoProblems();
});

test("an upload goes on when the relay is back, says so when the page is reloaded, and can be cancelled", async (t) => {
  const { world, alice, bob } = await pair(t);
  const bytes = randomBytes(160 * MiB);
  const path = join(world.folder, "long.bin");
  writeFileSync(path, bytes);
  await choose(alice, path);
  const progress = async () => Number(await uploads(alice).getByRole("progressbar").getAttribute("value"));
  await until("something has come", async () => (await progress()) > 0);
  await world.relay.kill();
  assert.ok((await progress()) < 1, "the relay went in the middle");
  await assertAccessible(alice.page, "a file being sent");
  await world.relay.start();
  await shown(bob, "long.bin").waitFor({ timeout: 60_000 });
  assert.equal(Buffer.compare(await saved(bob, "long.bin"), bytes), 0);

  await world.relay.kill();
  await choose(alice, { name: "never.bin", mimeType: "", buffer: randomBytes(1000) });
  await uploads(alice).waitFor();
  await alice.page.getByRole("button", { name: "Cancel sending never.bin" }).click();
  await until("it is gone", async () => (await uploads(alice).count()) === 0);
  await world.relay.start();
  await alice.online();
  // The same large file under way again, when the page is reloaded.
  await choose(alice, path);
  await until("something has come", async () => (await progress()) > 0);
  await alice.page.reload();
  await alice.page.getByText("A file was not sent").waitFor();
  await alice.page.getByText("while it was uploaded: long.bin").waitFor();
  await assertAccessible(alice.page, "a notice of a file that was not sent");
  await alice.open("bob");
  await alice.online();
  assert.equal(await shown(alice, "long.bin").count(), 1);
  assert.equal(await shown(alice, "never.bin").count(), 0);
  world.assertNoProblems();
});

test("what the relay does not take or no longer has is said so, and can be tried again", async (t) => {
  const { world, alice, bob } = await pair(t, { env: { BLOB_MAX_BYTES: "100000" } });
  await choose(alice, { name: "large.bin", mimeType: "", buffer: randomBytes(100_000) });
  await uploads(alice).getByText("It is larger than this relay takes").waitFor();
  await assertAccessible(alice.page, "a file that was not sent");
  await alice.page.getByRole("button", { name: "Send large.bin again" }).click();
  await uploads(alice).getByText("It is larger than this relay takes").waitFor();
  await alice.page.getByRole("button", { name: "Dismiss large.bin" }).click();
  await until("it is gone", async () => (await uploads(alice).count()) === 0);

  await choose(alice, { name: "broken.jpg", mimeType: "image/jpeg", buffer: randomBytes(100) });
  await uploads(alice).getByText("cannot be decoded").waitFor();
  await alice.page.getByRole("button", { name: "Dismiss broken.jpg" }).click();

  await choose(alice, { name: "small.bin", mimeType: "", buffer: randomBytes(50_000) });
  await shown(bob, "small.bin").waitFor();
  // The relay's disk hands out something else.
  const [file] = blobsOf(world);
  const bytes = readFileSync(file);
  bytes[20_000] ^= 1;
  writeFileSync(file, bytes);
  await shown(bob, "small.bin").getByRole("button", { name: "Save small.bin" }).click();
  await shown(bob, "small.bin").getByText("What the relay has is not what was sent").waitFor();
  bytes[20_000] ^= 1;
  writeFileSync(file, bytes);
  assert.equal((await saved(bob, "small.bin")).length, 50_000);
  world.assertNoProblems();
});
