import { RotateCw } from "lucide-react";
import { useEffect, useRef } from "react";
import { explain } from "../../lib/errors.ts";
import { open } from "../../state/boot.ts";
import { Button } from "../ui/button.tsx";
import { Seal } from "../ui/seal.tsx";

export function OpeningFailed({ code, message }: { code: string; message: string }) {
  const retry = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    retry.current?.focus();
  }, []);
  return (
    <main className="boot" data-error={code}>
      <Seal className="boot-seal boot-seal-broken" />
      <h1>Sealpost could not open</h1>
      <p role="alert">{explain(code, message)}</p>
      <Button ref={retry} kind="primary" onClick={() => void open()}>
        <RotateCw aria-hidden="true" />
        Try again
      </Button>
      <p className="boot-code">
        Error code <code>{code}</code>
      </p>
    </main>
  );
}
