// Two people on one page, each with a client of their own, with the hooks alone.
import { Component, StrictMode, Suspense, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { SealpostProvider, useConnection, useContacts, useConversations, useMe, useMessages, usePosts, useSafetyNumber, useSealpost, useTopics, useVault } from "sealpost/react";

function Person({ name, other }) {
  const { client, status, error, retry } = useSealpost();
  const me = useMe();
  const vault = useVault();
  const { state } = useConnection();
  if (status === "failed") return <button type="button" onClick={retry}>{`failed: ${error.code}`}</button>;
  if (status === "opening") return <p>opening</p>;
  return (
    <>
      <p>{`${me?.username ?? "nobody"} ${state} ${vault.locked ? "locked" : "unlocked"}`}</p>
      <button type="button" onClick={() => void client.register({ username: name })}>register</button>
      <Conversations other={other} />
      <Topics />
    </>
  );
}

function Conversations({ other }) {
  const { client } = useSealpost();
  const { items, status } = useConversations();
  const { items: contacts } = useContacts();
  const begin = async () => {
    const { userId } = await client.contacts.find(other);
    await client.conversations.create({ members: [userId] });
  };
  return (
    <>
      <p>{`conversations ${status} ${items.length}; contacts ${contacts.map(({ username }) => username).join()}`}</p>
      <button type="button" onClick={() => void begin()}>begin</button>
      {contacts.map(({ userId }) => <Safety key={userId} userId={userId} />)}
      {items.slice(0, 1).map(({ id }) => (
        <Suspense key={id} fallback={<p>waiting for messages</p>}>
          <Messages id={id} />
        </Suspense>
      ))}
    </>
  );
}

function Safety({ userId }) {
  const { number, verified, setVerified } = useSafetyNumber(userId);
  return <button type="button" className="safety" onClick={() => void setVerified(!verified)}>{`${number} ${verified ? "verified" : "not verified"}`}</button>;
}

function Messages({ id }) {
  const { client } = useSealpost();
  const { items, hasOlder, loadOlder } = useMessages(id, { suspense: true });
  const texts = items.filter(({ type }) => type === "text");
  const send = async (count) => {
    for (let n = 0; n < count; n += 1) await client.messages.send(id, { text: `${texts.length + n}` });
  };
  return (
    <>
      <ol>{texts.map((message) => <li key={message.id} data-state={message.state}>{message.text}</li>)}</ol>
      <button type="button" onClick={() => void send(1)}>send one</button>
      <button type="button" onClick={() => void send(60)}>send sixty</button>
      {hasOlder && <button type="button" onClick={() => void loadOlder()}>older</button>}
    </>
  );
}

function Topics() {
  const { client } = useSealpost();
  const { items, status } = useTopics();
  const found = async () => {
    const [forum] = await client.forums.list();
    await client.forums.createTopic({ forumId: forum.id, title: "plans" });
  };
  return (
    <>
      <p>{`topics ${status} ${items.map(({ title, state }) => `${title} ${state}`).join()}`}</p>
      <button type="button" onClick={() => void found()}>found</button>
      {items.map(({ id }) => <Posts key={id} topicId={id} />)}
    </>
  );
}

function Posts({ topicId }) {
  const { client } = useSealpost();
  const { items } = usePosts(topicId);
  return (
    <>
      <p>{`posts ${items.map(({ text }) => text).join()}`}</p>
      <button type="button" onClick={() => void client.posts.send(topicId, { text: "a post" })}>post</button>
    </>
  );
}

class Boundary extends Component {
  state = { problem: null };

  static getDerivedStateFromError(problem) {
    return { problem };
  }

  render() {
    return this.state.problem === null ? this.props.children : <p>{String(this.state.problem)}</p>;
  }
}

function App() {
  const [shown, setShown] = useState(["alice", "bob"]);
  useEffect(() => {
    document.title = "ready";
  }, []);
  return (
    <Boundary>
      {["alice", "bob"].map((name) => (
        <section key={name} aria-label={name}>
          <button type="button" onClick={() => setShown((all) => (all.includes(name) ? all.filter((one) => one !== name) : [...all, name]))}>show or hide</button>
          {shown.includes(name) && (
            <SealpostProvider options={{ relay: location.origin, profile: name }}>
              <Person name={name} other={name === "alice" ? "bob" : "alice"} />
            </SealpostProvider>
          )}
        </section>
      ))}
      <section aria-label="broken">
        <SealpostProvider options={{ relay: "ftp://relay.invalid" }}>
          <Person name="broken" />
        </SealpostProvider>
      </section>
    </Boundary>
  );
}

createRoot(document.body.appendChild(document.createElement("main"))).render(<StrictMode><App /></StrictMode>);
