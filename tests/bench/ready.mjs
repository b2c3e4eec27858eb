/**
 * From nothing to a first key: each time in a frame of an origin of its own, for which the browser starts a process and has nothing
 * cached, neither code nor compiled modules.
 */
import { median } from "./measure.mjs";

const ROUNDS = 11;

/** Milliseconds, a number for each library. */
export async function coldStarts(libraries, onProgress) {
  const samples = libraries.map(() => []);
  // One more round than counts: what the machine itself reads for the first time is not a cold start of the library.
  for (let round = 0; round <= ROUNDS; round += 1) {
    onProgress(round, ROUNDS + 1);
    const order = libraries.map((_, index) => (round % 2 === 0 ? index : libraries.length - 1 - index));
    for (const index of order) {
      const milliseconds = await coldStart(libraries[index].name);
      if (round > 0) samples[index].push(milliseconds);
    }
  }
  return samples.map(median);
}

async function coldStart(library) {
  const site = `${library}-${crypto.randomUUID()}.localhost`;
  const frame = document.createElement("iframe");
  frame.src = `http://${site}:${location.port}/ready.html?${library}`;
  // Visible, if small: browsers run the processes of hidden frames with less priority.
  frame.className = "probe";
  const answer = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${library} was not ready in 30 s`)), 30_000);
    addEventListener("message", function listen({ source, data }) {
      if (source !== frame.contentWindow) return;
      clearTimeout(timer);
      removeEventListener("message", listen);
      resolve(data);
    });
  });
  document.body.append(frame);
  try {
    const { milliseconds, error } = await answer;
    if (error !== undefined) throw new Error(`${library}: ${error}`);
    return milliseconds;
  } finally {
    frame.remove();
  }
}
