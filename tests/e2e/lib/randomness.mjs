/**
 * Test-only knowledge of private keys: every key begins as bytes that the worker draws from `crypto.getRandomValues`, so what is drawn
 * is written down. Pass {@link recordRandomness} to `world.person` before the page opens.
 */
const RECORDER = `
globalThis.__drawn = [];
{
  const draw = Crypto.prototype.getRandomValues;
  Crypto.prototype.getRandomValues = function (array) {
    const drawn = draw.call(this, array);
    // Keys, seeds and KEM coins have at least 32 bytes; ids and nonces, which are public, have fewer.
    if (drawn.byteLength >= 32) globalThis.__drawn.push([...new Uint8Array(drawn.buffer, drawn.byteOffset, drawn.byteLength)]);
    return drawn;
  };
}
`;

export async function recordRandomness(context) {
  await context.route(/worker[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: RECORDER + (await response.text()) });
  });
}

/** What the page's worker has drawn so far. Without the first and last byte of each piece, which clamping changes. */
export async function drawnSecrets(page) {
  const drawn = [];
  for (const worker of page.workers()) drawn.push(...(await worker.evaluate(() => globalThis.__drawn)));
  return drawn.flatMap((bytes) => {
    const pieces = [];
    for (let at = 0; at + 32 <= bytes.length; at += 32) pieces.push(Uint8Array.from(bytes.slice(at + 1, at + 31)));
    return pieces;
  });
}
