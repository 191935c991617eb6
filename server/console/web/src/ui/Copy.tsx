import { useEffect, useState } from "react";
import { Button } from "./Button";

/** Copy puts a text on the clipboard and says so. `onCopied` hears whether it worked: a browser may refuse. */
export function Copy({ text, what, onCopied }: { text: string; what: string; onCopied?: (worked: boolean) => void }) {
  const [state, setState] = useState<"" | "copied" | "failed">("");
  useEffect(() => {
    if (state === "") return;
    const timer = setTimeout(() => setState(""), 4000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    const worked = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setState(worked ? "copied" : "failed");
    onCopied?.(worked);
  };
  return (
    <>
      <Button small onClick={() => void copy()} aria-label={`Copy ${what}`}>
        {state === "copied" ? "Copied" : state === "failed" ? "Select it and copy by hand" : "Copy"}
      </Button>
      <span className="visually-hidden" role="status">
        {state === "copied" ? `Copied ${what}` : ""}
      </span>
    </>
  );
}
