import type { ReactNode } from "react";

export type BadgeTone = "plain" | "success" | "warning" | "danger" | "info" | "accent" | "sensitive";

export function Badge({ tone = "plain", title, children }: { tone?: BadgeTone; title?: string; children: ReactNode }) {
  return (
    <span className={tone === "plain" ? "badge" : `badge badge-${tone}`} title={title}>
      {children}
    </span>
  );
}

const tones: Record<string, BadgeTone> = {
  active: "success",
  succeeded: "success",
  running: "info",
  expired: "warning",
  superseded: "warning",
  revoked: "danger",
  failed: "danger",
};

export function StateBadge({ state }: { state: string }) {
  return <Badge tone={tones[state] ?? "plain"}>{state}</Badge>;
}
