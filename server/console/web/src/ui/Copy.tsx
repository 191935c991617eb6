import { useEffect, useState } from "react";
import { Button } from "./Button";

/** Copy puts a text on the clipboard and says so. A browser may refuse: then it has to be done by hand. */
export function Copy({ text, what, label = "Copy" }: { text: string; what: string; label?: string }) {
  const [state, setState] = useState<"" | "copied" | "failed">("");
  useEffect(() => {
    if (state === "") return;
    const timer = setTimeout(() => setState(""), 4000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("failed");
    }
  };
  return (
    <>
      <Button small onClick={() => void copy()} aria-label={state === "" ? `${label} ${what}` : undefined}>
        {state === "copied" ? "Copied" : state === "failed" ? "Select it and copy by hand" : label}
      </Button>
      <span className="visually-hidden" role="status">
        {state === "copied" ? `Copied ${what}` : ""}
      </span>
    </>
  );
}
