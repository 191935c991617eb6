import type { ReactNode } from "react";

type Tone = "info" | "warning" | "danger" | "success";

/** Notice stands beside what it is about; one that appears after something happened is announced (`live`). */
export function Notice({ tone = "info", title, live, children }: { tone?: Tone; title?: string; live?: boolean; children?: ReactNode }) {
  return (
    <div className={tone === "info" ? "notice" : `notice notice-${tone}`} role={live ? (tone === "danger" ? "alert" : "status") : undefined}>
      {title && <strong>{title}</strong>}
      {children}
    </div>
  );
}
