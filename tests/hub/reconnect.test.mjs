// Keep-alive, and the stock client's automatic reconnect over restarts of the server.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { closed, connectionTo, nextPush, protocols } from "./lib/client.mjs";
import { buildToyHub, startToyHub } from "./lib/toy_hub.mjs";

before(buildToyHub);

const timeout = 60_000;
const reconnect = Array.from({ length: 100 }, () => 100);

for (const protocol of protocols) {
  for (const end of ["stop", "kill"]) {
    test(`${protocol.name}: reconnects after the server's ${end}`, { timeout }, async (t) => {
      const first = await startToyHub();
      t.after(() => first.kill());
      const connection = connectionTo(first.url, { protocol, reconnect });
      await connection.start();
      t.after(() => connection.stop());
      const id = connection.connectionId;
      const pending = assert.rejects(connection.invoke("Sleep", 20_000));
      const lost = new Promise((resolve) => connection.onreconnecting(resolve));
      const back = new Promise((resolve) => connection.onreconnected(resolve));
      // A graceful end waits for the call that runs.
      const ended = first[end]();
      await lost;
      await pending;
      if (end === "stop") await first.kill();
      await ended;
      const second = await startToyHub({ port: first.port });
      t.after(() => second.stop());
      const newId = await back;
      assert.notEqual(newId, id);
      const news = nextPush(connection, "News");
      await connection.invoke("Broadcast", "again");
      assert.deepEqual(await news, ["alice", "again"]);
    });
  }

  test(`${protocol.name}: a graceful end lets clients go and exits`, { timeout }, async (t) => {
    const hub = await startToyHub();
    t.after(() => hub.kill());
    const connections = await Promise.all(["alice", "bob"].map(async (user) => {
      const connection = connectionTo(hub.url, { protocol, user });
      await connection.start();
      return connection;
    }));
    const ends = connections.map(closed);
    assert.equal(await hub.stop(), 0);
    await Promise.all(ends);
  });

  test(`${protocol.name}: closing with leave to reconnect brings the client back`, { timeout }, async (t) => {
    const hub = await startToyHub();
    t.after(() => hub.stop());
    const connection = connectionTo(hub.url, { protocol, reconnect });
    await connection.start();
    t.after(() => connection.stop());
    const back = new Promise((resolve) => connection.onreconnected(resolve));
    await connection.send("Close", true);
    await back;
    assert.equal(await connection.invoke("WhoAmI"), "alice");
  });

  test(`${protocol.name}: pings keep an idle connection`, { timeout }, async (t) => {
    const hub = await startToyHub({ pingMs: 200 });
    t.after(() => hub.stop());
    const connection = connectionTo(hub.url, { protocol });
    connection.serverTimeoutInMilliseconds = 1000;
    await connection.start();
    t.after(() => connection.stop());
    await sleep(3000);
    assert.equal(await connection.invoke("WhoAmI"), "alice");
  });
}
