import "@fontsource-variable/inter/wght.css";
import "./styles/index.css";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { Crash } from "./components/boot/crash.tsx";
import { Toasts } from "./components/ui/toasts.tsx";
import { open } from "./state/boot.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

// What goes wrong there costs opening without a network, and nothing else.
if (import.meta.env.PROD && "serviceWorker" in navigator) void navigator.serviceWorker.register("/sw.js").catch(() => {});

// Until then the page's own markup says that it is opening.
await open();

createRoot(root).render(
  <StrictMode>
    {/* The page's policy forbids style elements; what they would do is in styles/. */}
    <CSPProvider disableStyleElements>
      <Crash>
        <App />
      </Crash>
      <Toasts />
    </CSPProvider>
  </StrictMode>,
);
