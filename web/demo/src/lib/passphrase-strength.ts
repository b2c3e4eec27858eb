/** How long somebody who has a copy of the database would have to guess. */
export interface Strength {
  /** 0 (no time at all) … 4 (out of reach). */
  readonly score: 0 | 1 | 2 | 3 | 4;
  readonly words: string;
  readonly advice: string;
}

const WORDS = ["Guessed at once", "Very weak", "Weak", "Good", "Strong"] as const;
/** From here on the demo takes a passphrase. */
export const ENOUGH = 3;

type Judge = (passphrase: string) => Strength;
let loading: Promise<Judge> | null = null;

/** The dictionaries are large, so they come when somebody is about to type a passphrase. */
export function loadJudge(): Promise<Judge> {
  loading ??= load().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load(): Promise<Judge> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
    import("@zxcvbn-ts/language-en"),
  ]);
  const zxcvbn = new ZxcvbnFactory({
    translations: english.translations,
    graphs: common.adjacencyGraphs,
    dictionary: { ...common.dictionary, ...english.dictionary },
  });
  return (passphrase) => {
    // Beyond this length nothing changes but the time that it takes to tell.
    const { score, feedback } = zxcvbn.check(passphrase.slice(0, 128), ["sealpost"]);
    const advice = feedback.warning ?? feedback.suggestions[0] ?? "";
    return { score, words: WORDS[score], advice: score >= ENOUGH ? "" : advice };
  };
}
