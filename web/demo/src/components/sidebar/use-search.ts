import { useEffect, useState } from "react";
import type { SearchResult } from "sealpost";
import { useSession } from "../../state/hooks.ts";

/** Results that are shown; who wants another one adds a word. */
const MOST = 50;
/** A pause in typing, in milliseconds. */
const PAUSE_MS = 200;

export interface Search {
  readonly results: readonly SearchResult[];
  readonly status: "searching" | "done" | "more" | "failed";
}

const BEGINNING: Search = { results: [], status: "searching" };
/** Those of the query that somebody looked for last. */
interface Found extends Search {
  readonly query: string;
}

/** The messages with these words, as they are found. Another query ends the search. */
export function useSearch(query: string): Search {
  const { client } = useSession();
  const [found, setFound] = useState<Found>({ ...BEGINNING, query });
  useEffect(() => {
    const ending = new AbortController();
    const run = async () => {
      const results: SearchResult[] = [];
      let status: Search["status"] = "done";
      try {
        for await (const result of client.messages.search(query, { signal: ending.signal })) {
          if (results.length === MOST) {
            status = "more";
            break;
          }
          results.push(result);
          setFound({ query, results: [...results], status: "searching" });
        }
      } catch {
        status = "failed";
      }
      if (!ending.signal.aborted) setFound({ query, results, status });
    };
    const timer = setTimeout(() => void run(), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      ending.abort();
    };
  }, [client, query]);
  return found.query === query ? found : BEGINNING;
}
