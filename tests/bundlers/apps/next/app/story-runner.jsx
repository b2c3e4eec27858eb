"use client";
import { useEffect } from "react";
import { run } from "../story.js";

let running;

export function Story() {
  useEffect(() => {
    running ??= run();
  }, []);
  return null;
}
