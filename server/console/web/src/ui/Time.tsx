const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** ago says how long ago, or ahead, a moment is. */
export function ago(at: string, now = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return Math.abs(seconds) < 10 ? "just now" : relative.format(Math.trunc(seconds), "second");
}

export const exactly = (at: string) => new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Time shows how long ago a moment is, and the moment itself on hover and to screen readers. */
export function Time({ at, none = "never", exact = false }: { at?: string; none?: string; exact?: boolean }) {
  if (!at) return <span className="muted">{none}</span>;
  return (
    <time dateTime={at} title={exact ? ago(at) : exactly(at)}>
      {exact ? exactly(at) : ago(at)}
    </time>
  );
}
