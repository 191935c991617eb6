import { diffArrays } from "diff";
import { useMemo } from "react";
import { written } from "./words";

type Line = { mark: "+" | "-" | " "; text: string };

/** Diff shows what was before and after a change, line by line. */
export function Diff({ before, after }: { before: unknown; after: unknown }) {
  const lines = useMemo(() => compared(before, after), [before, after]);
  if (lines.length === 0) return <p className="muted">The entry has no record of before and after.</p>;
  const changed = lines.filter((line) => line.mark !== " ").length;
  return (
    <figure className="diff">
      <figcaption className="small muted">{caption(before, after, changed)}</figcaption>
      <ol className="plain diff-lines" tabIndex={0} aria-label="Before and after">
        {lines.map((line, at) => (
          <li key={at} className={line.mark === "+" ? "diff-added" : line.mark === "-" ? "diff-removed" : undefined}>
            <span className="diff-mark">
              <span aria-hidden="true">{line.mark}</span>
              <span className="visually-hidden">{line.mark === "+" ? "added: " : line.mark === "-" ? "removed: " : ""}</span>
            </span>
            <span>{line.text}</span>
          </li>
        ))}
      </ol>
    </figure>
  );
}

function caption(before: unknown, after: unknown, changed: number): string {
  if (before == null) return "It did not exist before";
  if (after == null) return "It does not exist any more";
  return changed === 0 ? "Nothing in the record changed" : "Before and after";
}

function compared(before: unknown, after: unknown): Line[] {
  const lines = (value: unknown) => (value == null ? [] : written(value));
  return diffArrays(lines(before), lines(after)).flatMap((part) => part.value.map((text): Line => ({ mark: part.added ? "+" : part.removed ? "-" : " ", text })));
}
