// PORT, ORIGIN (where browsers reach it), RELAY and SESSION_SECRET say how it runs.
import { randomBytes } from "node:crypto";
import { AUDIENCE } from "./tokens.mjs";
import { createApp } from "./app.mjs";

const port = Number(process.env.PORT ?? 3000);
const origin = process.env.ORIGIN ?? `http://127.0.0.1:${port}`;
const relay = process.env.RELAY ?? "http://127.0.0.1:8080";
const secret = process.env.SESSION_SECRET ?? randomBytes(32).toString("hex");

const app = await createApp({ origin, relay, secret });
app.listen(port, "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`The application is at ${origin}. Its relay, at ${relay}, runs with`);
  console.log(`  AUTH_JWKS_URL=http://127.0.0.1:${port}/.well-known/jwks.json AUTH_ISSUER=${origin} AUTH_AUDIENCE=${AUDIENCE} CORS_ORIGINS=${origin}`);
});
