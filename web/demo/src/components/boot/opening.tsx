import { Seal } from "../ui/seal.tsx";

/** While the engine loads. Its appearance is delayed, so that a fast start shows nothing at all. */
export function Opening() {
  return (
    <main className="boot boot-opening">
      <Seal className="boot-seal" />
      <h1 className="visually-hidden">Sealpost</h1>
      <p role="status">Opening your messages…</p>
    </main>
  );
}
