// The application: its own login, a page, and the one route that Sealpost needs of it.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import cookieSession from "cookie-session";
import express from "express";
import { createTokens } from "./tokens.mjs";
import { Users } from "./users.mjs";

const folder = dirname(fileURLToPath(import.meta.url));
const packageFolder = dirname(fileURLToPath(import.meta.resolve("sealpost")));
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * @param {{ origin: string, relay: string, secret: string }} options where browsers reach this application and the relay, and what session
 *   cookies are signed with
 */
export async function createApp({ origin, relay, secret }) {
  const users = new Users();
  const tokens = await createTokens(origin);
  const app = express();
  app.disable("x-powered-by");
  app.use((_request, response, next) => {
    const socket = relay.replace(/^http/, "ws");
    response.set("Content-Security-Policy", `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${relay} ${socket}`);
    next();
  });
  // `SameSite`: no other site can act in a user's name.
  app.use(cookieSession({ name: "session", secret, httpOnly: true, sameSite: "strict", secure: origin.startsWith("https:"), maxAge: WEEK_MS }));
  app.use(express.json({ limit: "10kb" }));

  app.post("/sign-up", async ({ body, session }, response) => {
    const { user, problem } = await users.signUp(body?.name, body?.password);
    if (problem !== undefined) return response.status(422).json({ problem });
    session.user = user;
    return response.json(user);
  });
  app.post("/log-in", async ({ body, session }, response) => {
    const user = await users.logIn(body?.name, body?.password);
    if (user === null) return response.status(401).json({ problem: "No user has this name and password." });
    session.user = user;
    return response.json(user);
  });
  app.post("/log-out", (request, response) => {
    request.session = null;
    response.status(204).end();
  });
  app.get("/me", ({ session }, response) => response.json({ user: session.user ?? null, relay }));

  // The relay asks here which keys sign this application's tokens.
  app.get("/.well-known/jwks.json", (_request, response) => response.json(tokens.keySet));
  // And the page asks here for a token, whenever its device registers or logs in at the relay.
  app.get("/sealpost-token", async ({ session }, response) => {
    if (session.user === undefined) return response.status(401).json({ problem: "Log in first." });
    return response.set("Cache-Control", "no-store").type("text/plain").send(await tokens.sign(session.user.id));
  });

  app.use("/sealpost", express.static(packageFolder));
  app.use(express.static(join(folder, "public")));
  return app;
}
