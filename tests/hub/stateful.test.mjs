// Stateful reconnect with the stock client: sockets are lost in the middle of calls and pushes, and nothing else is.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connectionTo, negotiations, nextPush, protocols } from "./lib/client.mjs";
import { startProxy } from "./lib/proxy.mjs";
import { buildToyHub, startToyHub } from "./lib/toy_hub.mjs";

before(buildToyHub);

const timeout = 60_000;
const reconnect = Array.from({ length: 100 }, () => 100);
const numbers = (count) => Array.from({ length: count }, (_, index) => index);

/** A hub, a proxy before it, and a client behind the proxy that is to notice nothing; `events` collects what it notices. */
async function behindProxy(t, settings = {}) {
  const hub = await startToyHub({ windowMs: settings.windowMs });
  const proxy = await startProxy(hub.port);
  const connection = connectionTo(proxy.url, { stateful: true, reconnect, ...settings });
  const events = [];
  connection.onreconnecting(() => events.push("reconnecting"));
  connection.onreconnected((id) => events.push("reconnected", id));
  connection.onclose(() => events.push("closed"));
  // The client first: it would go on looking for a server.
  t.after(async () => {
    await connection.stop();
    await proxy.close();
    await hub.kill();
  });
  await connection.start();
  return { hub, proxy, connection, events };
}

/** Waits until the proxy has had another connection, and what is sent again over it has arrived. */
async function back(proxy, connections) {
  while (proxy.connections === connections) await sleep(5);
  await sleep(150);
}

const becomes = (connection, event) => new Promise((resolve) => connection[event](resolve));

for (const protocol of protocols) {
  test(`${protocol.name}: calls and pushes over lost sockets, each once and in order`, { timeout }, async (t) => {
    const { hub, proxy, connection, events } = await behindProxy(t, { protocol });
    const witness = connectionTo(hub.url, { protocol, user: "bob" });
    await witness.start();
    t.after(() => witness.stop());
    const id = connection.connectionId;
    const [seen, witnessed] = [[], []];
    connection.on("News", (user, text) => seen.push(`${user} ${text}`));
    witness.on("News", (user, text) => witnessed.push(`${user} ${text}`));
    const count = 600;
    const calls = [];
    const calling = (async () => {
      for (const number of numbers(count)) {
        calls.push(connection.invoke("Broadcast", String(number)));
        if (number % 3 === 0) await sleep(8);
      }
    })();
    for (const bytes of [undefined, 1, 10, 100, 1000, undefined]) {
      const { connections } = proxy;
      if (bytes === undefined) proxy.cut();
      else await proxy.cutAfter(bytes);
      await back(proxy, connections);
    }
    await calling;
    await Promise.all(calls);
    const expected = numbers(count).map((number) => `alice ${number}`);
    assert.deepEqual(seen, expected);
    assert.deepEqual(witnessed, expected);
    assert.deepEqual([events, connection.state, connection.connectionId], [[], "Connected", id]);
    assert.ok(proxy.connections >= 1 + 1 + 6, "negotiation, socket, six more sockets");
  });

  test(`${protocol.name}: more than the client has acknowledged waits, and comes whole`, { timeout }, async (t) => {
    const { proxy, connection, events } = await behindProxy(t, { protocol });
    const content = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
    const items = [];
    connection.on("Item", (item, bytes) => items.push([item, protocol.toBytes(bytes)]));
    const counted = connection.invoke("Count", 250, protocol.fromBytes(content));
    await sleep(100);
    await back(proxy, (proxy.cut(), proxy.connections));
    assert.ok(items.length < 250, "not all at once");
    assert.equal(await counted, 250);
    assert.deepEqual(items, numbers(250).map((number) => [number, content]));
    assert.deepEqual(events, []);
  });

  test(`${protocol.name}: a call that runs while the socket is lost is answered over the next`, { timeout }, async (t) => {
    const { proxy, connection, events } = await behindProxy(t, { protocol });
    const slept = connection.invoke("Sleep", 1500);
    const echoed = connection.invoke("Echo", "after");
    await sleep(200);
    await back(proxy, (proxy.cut(), proxy.connections));
    assert.equal(await slept, undefined);
    assert.equal(await echoed, "after");
    assert.deepEqual(events, []);
  });

  test(`${protocol.name}: who comes back too late begins anew`, { timeout }, async (t) => {
    const { proxy, connection, events } = await behindProxy(t, { protocol, windowMs: 200 });
    const id = connection.connectionId;
    const pending = assert.rejects(connection.invoke("Sleep", 20_000));
    await sleep(100);
    const reconnected = becomes(connection, "onreconnected");
    proxy.hold();
    proxy.cut();
    await sleep(1000);
    proxy.release();
    const newId = await reconnected;
    await pending;
    assert.notEqual(newId, id);
    assert.deepEqual(events, ["reconnecting", "reconnected", newId]);
    assert.equal(await connection.invoke("WhoAmI"), "alice");
  });

  test(`${protocol.name}: another node does not know the connection: the client begins anew there`, { timeout }, async (t) => {
    const { proxy, connection, events } = await behindProxy(t, { protocol });
    const other = await startToyHub();
    t.after(() => other.kill());
    const id = connection.connectionId;
    const pending = assert.rejects(connection.invoke("Sleep", 20_000));
    await sleep(100);
    const reconnected = becomes(connection, "onreconnected");
    proxy.target(other.port);
    proxy.cut();
    const newId = await reconnected;
    await pending;
    assert.notEqual(newId, id);
    assert.deepEqual(events, ["reconnecting", "reconnected", newId]);
    const news = nextPush(connection, "News");
    await connection.invoke("Broadcast", "from the other node");
    assert.deepEqual(await news, ["alice", "from the other node"]);
    await back(proxy, (proxy.cut(), proxy.connections));
    assert.equal(await connection.invoke("WhoAmI"), "alice");
    assert.equal(events.length, 3, "the new connection is stateful again");
  });

  test(`${protocol.name}: a client that cannot connect for a while begins anew`, { timeout }, async (t) => {
    const { proxy, connection, events } = await behindProxy(t, { protocol });
    const reconnected = becomes(connection, "onreconnected");
    proxy.refuse(true);
    proxy.cut();
    await sleep(300);
    proxy.refuse(false);
    await reconnected;
    assert.equal(await connection.invoke("WhoAmI"), "alice");
    assert.equal(events[0], "reconnecting");
  });

  test(`${protocol.name}: a connection is its user's: with another token the client begins anew, with none it ends`, { timeout }, async (t) => {
    let token = "token-alice";
    const options = { accessTokenFactory: () => token };
    const { proxy, connection, events } = await behindProxy(t, { protocol, options, reconnect: [0] });
    const reconnected = becomes(connection, "onreconnected");
    token = "token-bob";
    proxy.cut();
    await reconnected;
    assert.equal(await connection.invoke("WhoAmI"), "bob");
    const closed = becomes(connection, "onclose");
    token = "expired";
    proxy.cut();
    await closed;
    assert.deepEqual(events.filter((event) => event.endsWith("ed")), ["reconnected", "closed"]);
  });

  test(`${protocol.name}: the server's goodbyes are final for a connection`, { timeout }, async (t) => {
    const { hub, connection, events } = await behindProxy(t, { protocol });
    const reconnected = becomes(connection, "onreconnected");
    await connection.send("Close", true);
    await reconnected;
    assert.equal(await connection.invoke("WhoAmI"), "alice");
    const lost = becomes(connection, "onreconnecting");
    assert.equal(await hub.stop(), 0);
    await lost;
    assert.equal(events[0], "reconnecting");
  });

  for (const { name, options } of negotiations) {
    const stateful = name === "skipNegotiation";
    test(`${protocol.name}, ${name}: without stateful reconnect a lost socket is a lost connection`, { timeout }, async (t) => {
      const { proxy, connection, events } = await behindProxy(t, { protocol, options, stateful });
      const pending = assert.rejects(connection.invoke("Sleep", 20_000));
      await sleep(100);
      const reconnected = becomes(connection, "onreconnected");
      proxy.cut();
      await reconnected;
      await pending;
      assert.equal(events[0], "reconnecting");
    });
  }
}
