import { useEffect, type ReactNode } from "react";

/** Page is the frame of every page: its heading, what it is for, what can be done, and the document's title. */
export function Page({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Fieldgate`;
  }, [title]);
  return (
    <div className="stack">
      <div className="spread">
        <h1>{title}</h1>
        {actions && <div className="row">{actions}</div>}
      </div>
      {lead && <p className="muted">{lead}</p>}
      {children}
    </div>
  );
}
