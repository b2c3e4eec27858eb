// The application's page: its own login, then Sealpost with the application's token.
import { Sealpost } from "./sealpost/index.js";

const at = (selector) => document.querySelector(selector);
const show = (selector, isShown) => (at(selector).hidden = !isShown);
const problem = (error) => (at("#problem").textContent = error === null ? "" : error.message);

/** A call of the application's own server. */
async function call(path, body) {
  const answer = await fetch(path, body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.json()).problem);
  return answer.status === 204 ? null : answer.json();
}

/** What the relay is shown. It is asked for whenever the device registers or logs in there. */
async function hostToken() {
  const answer = await fetch("/sealpost-token");
  if (!answer.ok) throw new Error("the application has nobody logged in");
  return answer.text();
}

/** Runs what a form or a button asks for, and shows what goes wrong. */
function on(selector, type, task) {
  at(selector).addEventListener(type, (event) => {
    event.preventDefault();
    problem(null);
    task(event).catch(problem);
  });
}

let sealpost = null;
let open = null;

async function start() {
  const { user, relay } = await call("/me");
  show("#entry", user === null);
  show("#who", user !== null);
  show("#chat", user !== null);
  if (user === null) return;
  at("#who span").textContent = user.name;
  // A profile of its own for each of the application's users: two who share a browser do not share keys.
  sealpost = await Sealpost.open({ relay, profile: user.id, hostToken, prepareForums: false });
  sealpost.on("connection", showConnection);
  sealpost.on("conversation", () => showConversations().catch(problem));
  for (const type of ["message", "message-updated"]) sealpost.on(type, ({ conversationId }) => conversationId === open && showMessages().catch(problem));
  sealpost.on("error", problem);
  if (sealpost.me === null) await sealpost.register({ username: user.name });
  showConnection(sealpost.connection);
  await showConversations();
}

function showConnection({ state, pending }) {
  at("#connection").textContent = pending > 0 ? `${state}, ${pending} to send` : state;
}

async function showConversations() {
  const conversations = await sealpost.conversations.list();
  at("#conversations").replaceChildren(...conversations.map((conversation) => new Option(nameOf(conversation), conversation.id, false, conversation.id === open)));
  if (open === null && conversations.length > 0) await choose(conversations[0].id);
}

/** A group's name, or who else is in it. */
function nameOf({ name, members }) {
  return name || members.filter(({ keyState }) => keyState !== "self").map(({ username }) => username).join(", ");
}

async function choose(id) {
  open = id;
  at("#conversations").value = id;
  await showMessages();
}

async function showMessages() {
  const { items } = await sealpost.messages.list(open);
  const texts = items.filter(({ type }) => type === "text");
  at("#messages").replaceChildren(
    ...texts.map(({ text, outgoing, state }) => {
      const line = document.createElement("li");
      line.className = outgoing ? "own" : "";
      line.textContent = { sending: `${text} …`, failed: `${text} (not sent)` }[state] ?? text;
      return line;
    }),
  );
}

on("#entry", "submit", async ({ submitter, target }) => {
  await call(`/${submitter?.value ?? "log-in"}`, Object.fromEntries(new FormData(target)));
  await start();
});
on("#log-out", "click", async () => {
  await call("/log-out", {});
  await sealpost?.close();
  location.reload();
});
on("#find", "submit", async ({ target }) => {
  const name = new FormData(target).get("name").trim();
  const contact = await sealpost.contacts.find(name);
  if (contact === null) throw new Error(`Nobody is called ${name}, or they have not opened this page yet.`);
  const { id } = await sealpost.conversations.create({ members: [contact.userId] });
  target.reset();
  await showConversations();
  await choose(id);
});
on("#conversations", "change", ({ target }) => choose(target.value));
on("#send", "submit", async ({ target }) => {
  if (open === null) throw new Error("Open a conversation first.");
  await sealpost.messages.send(open, { text: new FormData(target).get("text") });
  target.reset();
});

start().catch(problem);
