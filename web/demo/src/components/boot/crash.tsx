import { Component, type ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { Seal } from "../ui/seal.tsx";

/** Catches what a component throws while rendering. Messages are on disk by then, so a reload loses nothing. */
export class Crash extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError() {
    return { crashed: true };
  }

  override render() {
    if (!this.state.crashed) return this.props.children;
    return (
      <main className="boot">
        <Seal className="boot-seal boot-seal-broken" />
        <h1>Something broke on this page</h1>
        <p role="alert">Your messages are safe in this browser. Reload the page to go on.</p>
        <Button kind="primary" onClick={() => { location.reload(); }}>
          Reload
        </Button>
      </main>
    );
  }
}
