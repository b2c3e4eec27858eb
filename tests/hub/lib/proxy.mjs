// A TCP proxy that loses connections when a test says so.
import { connect, createServer } from "node:net";

/** Starts a proxy to `port` on this machine. */
export async function startProxy(port) {
  const proxy = new Proxy(port);
  await proxy.listen();
  return proxy;
}

class Proxy {
  #target;
  #server = createServer((socket) => this.#accept(socket));
  #pairs = new Set();
  #waiting = [];
  #isHolding = false;
  #isRefusing = false;
  /** How many connections came. */
  connections = 0;

  constructor(target) {
    this.#target = target;
  }

  async listen() {
    await new Promise((resolve, reject) => this.#server.once("error", reject).listen(0, "127.0.0.1", resolve));
    this.port = this.#server.address().port;
    this.url = `http://127.0.0.1:${this.port}/hub`;
  }

  /** Loses all connections, without a word to either side. */
  cut() {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
    this.#pairs.clear();
  }

  /** Loses all connections in the middle of what comes next from the server: after this many bytes. */
  cutAfter(bytes) {
    let left = bytes;
    return new Promise((resolve) => {
      for (const [inward, outward] of this.#pairs) {
        outward.removeAllListeners("data");
        outward.on("data", (data) => {
          inward.write(data.subarray(0, left));
          left -= data.length;
          if (left > 0) return;
          // What was written before the end reaches the client; what follows does not.
          inward.end(() => resolve(this.cut()));
        });
      }
    });
  }

  /** From now on connections go to another port. */
  target(port) {
    this.#target = port;
  }

  /** Accepts connections and passes nothing on, until {@link release}. */
  hold() {
    this.#isHolding = true;
  }

  release() {
    this.#isHolding = false;
    for (const socket of this.#waiting.splice(0)) this.#join(socket);
  }

  /** Loses new connections at once, until told otherwise. */
  refuse(isRefusing) {
    this.#isRefusing = isRefusing;
  }

  async close() {
    this.cut();
    for (const socket of this.#waiting) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket) {
    socket.on("error", () => {});
    this.connections += 1;
    if (this.#isRefusing) socket.resetAndDestroy();
    else if (this.#isHolding) this.#waiting.push(socket);
    else this.#join(socket);
  }

  #join(inward) {
    const outward = connect(this.#target, "127.0.0.1");
    const pair = [inward, outward];
    this.#pairs.add(pair);
    inward.on("data", (data) => outward.write(data));
    outward.on("data", (data) => inward.write(data));
    for (const [socket, other] of [[inward, outward], [outward, inward]]) {
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
      socket.on("end", () => other.end());
    }
  }
}
