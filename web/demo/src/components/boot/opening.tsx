import { Seal } from "../ui/seal.tsx";

/** While the engine is loaded once more; the first time index.html says the same. Its appearance is delayed, so that a fast start shows nothing. */
export function Opening() {
  return (
    <main className="boot boot-opening">
      <Seal className="boot-seal" />
      <h1 className="visually-hidden">Sealpost</h1>
      <p role="status">Opening your messages…</p>
    </main>
  );
}
