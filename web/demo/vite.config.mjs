import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const relay = process.env.RELAY ?? "http://127.0.0.1:8080";
// `npm run dev -w web/demo` serves the demo with hot reload and passes relay calls on to a relay started with `npm start`.
const proxied = { target: relay, changeOrigin: true };

export default defineConfig({
  plugins: [react()],
  // The package finds its worker and WASM beside its own code (`import.meta.url`); pre-bundling would move that code away.
  optimizeDeps: { exclude: ["sealpost"] },
  worker: { format: "es" },
  build: { target: "es2022", sourcemap: false, assetsInlineLimit: 0 },
  server: { proxy: { "/api": proxied, "/hubs": { ...proxied, ws: true } } },
});
