import { Link, useParams } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";

/** Page is the frame of every page: its heading, what it is for, what can be done, and the document's title. */
export function Page({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Fieldgate`;
  }, [title]);
  return (
    <div className="stack">
      <div className="spread">
        <div>
          <LayerOf title={title} />
          <h1>{title}</h1>
        </div>
        {actions && <div className="row">{actions}</div>}
      </div>
      {lead && <p className="muted">{lead}</p>}
      {children}
    </div>
  );
}

/** LayerOf says which data layer a page is about, unless the page is called so itself. */
function LayerOf({ title }: { title: string }) {
  const { layer } = useParams({ strict: false });
  if (layer === undefined || layer === title) return null;
  return (
    <Link to="/layers/$layer" params={{ layer }} className="page-layer">
      {layer}
    </Link>
  );
}
