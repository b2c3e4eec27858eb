import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { offline } from "./offline/plugin.mjs";

const relay = process.env.RELAY ?? "http://127.0.0.1:8080";
// `npm run dev -w web/demo` serves the demo with hot reload and passes relay calls on to a relay started with `npm start`.
const proxied = { target: relay, changeOrigin: true };

/** Puts `.br` and `.gz` beside the files worth it, which the relay then sends. */
const compressed = {
  name: "compressed",
  apply: "build",
  writeBundle({ dir }) {
    const folder = join(dir, "assets");
    for (const name of readdirSync(folder).filter((file) => /\.(?:js|css|wasm)$/.test(file))) {
      const bytes = readFileSync(join(folder, name));
      writeFileSync(join(folder, `${name}.br`), brotliCompressSync(bytes));
      writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes));
    }
  },
};

export default defineConfig({
  plugins: [react(), compressed, offline()],
  // The package finds its worker and WASM beside its own code (`import.meta.url`); pre-bundling would move that code away.
  optimizeDeps: { exclude: ["sealpost"] },
  worker: { format: "es" },
  build: {
    target: "es2022",
    sourcemap: false,
    assetsInlineLimit: 0,
    // Libraries change seldom, and stay in browsers' caches when the app changes.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "libraries", test: /node_modules/ }] } } },
  },
  server: { proxy: { "/api": proxied, "/hubs": { ...proxied, ws: true } } },
});
