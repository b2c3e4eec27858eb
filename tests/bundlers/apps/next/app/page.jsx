import { Sealpost } from "sealpost";
import { Story } from "./story-runner.jsx";

// A nonce is new for each answer.
export const dynamic = "force-dynamic";

/** Rendered on the server, where importing the package does nothing and opening it is a typed error. */
export default async function Page() {
  const refused = await Sealpost.open({ relay: "https://relay.invalid" }).catch(({ code }) => code);
  return (
    <main>
      <p id="server">{refused}</p>
      <Story />
    </main>
  );
}
