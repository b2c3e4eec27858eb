// The stock SignalR client calls, is called and is refused: in both protocols, with and without negotiation.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closed, connectionTo, negotiations, nextPush, protocols } from "./lib/client.mjs";
import { buildToyHub, startToyHub } from "./lib/toy_hub.mjs";

let hub;
before(async () => {
  buildToyHub();
  hub = await startToyHub();
});
after(async () => {
  assert.equal(await hub.stop(), 0);
});

const timeout = 30_000;

for (const protocol of protocols) {
  for (const { name, options } of negotiations) {
    const start = async (t, more = {}) => {
      const connection = connectionTo(hub.url, { protocol, options, ...more });
      await connection.start();
      t.after(() => connection.stop());
      return connection;
    };

    test(`${protocol.name}, ${name}: calls and results`, { timeout }, async (t) => {
      const connection = await start(t);
      assert.equal(connection.connectionId === null, name === "skipNegotiation");
      assert.equal(await connection.invoke("WhoAmI"), "alice");
      assert.equal(await connection.invoke("add", 2 ** 52, 3.0), 2 ** 52 + 3);
      const values = [true, -1, 1.5, "\u001e \u{1F512} \"", [], [1, [2]], { a: { b: [null] } }];
      for (const value of values) assert.deepEqual(await connection.invoke("Echo", value), value);
      assert.equal(await connection.invoke("Sleep", 1), undefined);
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => connection.invoke("Add", i, i)));
      assert.deepEqual(answers, Array.from({ length: 50 }, (_, i) => 2 * i));
    });

    test(`${protocol.name}, ${name}: bytes both ways`, { timeout }, async (t) => {
      const connection = await start(t);
      const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 256);
      const answer = await connection.invoke("EchoBytes", protocol.fromBytes(bytes));
      assert.deepEqual(protocol.toBytes(answer), bytes);
      const pushes = [];
      connection.on("Item", (item, content) => pushes.push([item, protocol.toBytes(content)]));
      assert.equal(await connection.invoke("Count", 200, protocol.fromBytes(bytes)), 200);
      assert.deepEqual(pushes, Array.from({ length: 200 }, (_, i) => [i, bytes]));
    });

    test(`${protocol.name}, ${name}: pushes reach everybody`, { timeout }, async (t) => {
      const alice = await start(t);
      const bob = await start(t, { user: "bob" });
      const news = [nextPush(alice, "News"), nextPush(bob, "news")];
      await alice.send("Broadcast", "hello");
      assert.deepEqual(await Promise.all(news), [["alice", "hello"], ["alice", "hello"]]);
    });

    test(`${protocol.name}, ${name}: errors`, { timeout }, async (t) => {
      const connection = await start(t);
      const table = [
        ["Nope", [], "Failed to invoke 'Nope' due to an error on the server. HubException: Method does not exist."],
        ["Fail", ["because"], "An unexpected error occurred invoking 'Fail' on the server. HubException: because"],
        ["Add", [1], "Failed to invoke 'Add' due to an error on the server. InvalidDataException: Argument 1 is not an unsigned integer."],
        ["EchoBytes", ["="], "Failed to invoke 'EchoBytes' due to an error on the server. InvalidDataException: Argument 0 is not a byte string."],
      ];
      for (const [method, args, message] of table) await assert.rejects(connection.invoke(method, ...args), { message });
      const streamed = new Promise((resolve, reject) => {
        connection.stream("Echo", 1).subscribe({ next: reject, complete: reject, error: resolve });
      });
      assert.match((await streamed).message, /non-streaming 'Echo' method/);
      assert.equal(await connection.invoke("WhoAmI"), "alice");
    });

    test(`${protocol.name}, ${name}: the server closes`, { timeout }, async (t) => {
      const connection = await start(t, { reconnect: [0] });
      const end = closed(connection);
      await connection.send("Close", false, "enough");
      assert.equal((await end).message, "Server returned an error on close: enough");
      assert.equal(connection.state, "Disconnected");
    });

    test(`${protocol.name}, ${name}: the client closes`, { timeout }, async () => {
      const connection = connectionTo(hub.url, { protocol, options });
      await connection.start();
      const end = closed(connection);
      await connection.stop();
      assert.equal(await end, undefined);
    });

    test(`${protocol.name}, ${name}: a message beyond the limit ends the connection`, { timeout }, async () => {
      const connection = connectionTo(hub.url, { protocol, options });
      await connection.start();
      const end = closed(connection);
      await assert.rejects(connection.invoke("Echo", "x".repeat(32 * 1024)));
      assert.equal((await end).message, "Server returned an error on close: Connection closed with an error.");
    });

    test(`${protocol.name}, ${name}: no entry without a good token`, { timeout }, async () => {
      for (const token of ["wrong", ""]) {
        await assert.rejects(connectionTo(hub.url, { protocol, options, token }).start());
      }
      const negotiation = connectionTo(hub.url, { protocol, token: "wrong" }).start();
      await assert.rejects(negotiation, /Status code '401'/);
    });
  }
}
