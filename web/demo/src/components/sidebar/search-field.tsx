import { Search, X } from "lucide-react";
import { useRef, type KeyboardEvent } from "react";
import { IconButton } from "../ui/button.tsx";

/** Where one writes what to look for. Escape empties it. */
export function SearchField({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const clear = () => {
    onQuery("");
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && query !== "") {
      event.preventDefault();
      clear();
    }
    if (event.key === "ArrowDown") {
      event.preventDefault();
      document.querySelector<HTMLElement>(".sidebar .row")?.focus();
    }
  };
  return (
    <search className="search">
      <Search aria-hidden="true" />
      <input
        ref={input}
        className="search-input"
        type="text"
        role="searchbox"
        inputMode="search"
        aria-label="Search messages"
        placeholder="Search messages"
        autoComplete="off"
        dir="auto"
        maxLength={200}
        value={query}
        onChange={(event) => { onQuery(event.target.value); }}
        onKeyDown={onKeyDown}
      />
      {query !== "" && <IconButton label="Clear search" icon={X} onClick={clear} />}
    </search>
  );
}
