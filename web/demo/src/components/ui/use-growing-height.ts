import { useLayoutEffect, useRef, type RefObject } from "react";

/** For a text field that is to be as high as its text, up to the limit in the style sheet. */
export function useGrowingHeight(text: string): RefObject<HTMLTextAreaElement | null> {
  const input = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = input.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${String(element.scrollHeight)}px`;
  }, [text]);
  return input;
}
