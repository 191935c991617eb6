import { useQuery } from "@tanstack/react-query";
import { explainQuery, type Subject } from "../../api/queries";
import type { Explanation, Need } from "../../api/types";
import { Badge } from "../../ui/Badge";
import { Loaded } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import { listed } from "../../ui/text";

/** Why shows what reading a coordinate needs, and what of that somebody has. */
export function Why({ layer, at, subject }: { layer: string; at: string; subject: Subject }) {
  const explanation = useQuery(explainQuery(layer, at, subject));
  return (
    <Loaded query={explanation} what="the reason">
      {(data) => (
        <div className="stack">
          <Verdict data={data} />
          <Needs title="What it needs" needs={data.needs ?? []} />
          {(data.denied ?? []).length > 0 && <Needs title="What stands in the way in the query" needs={data.denied} />}
          {data.query && (
            <details>
              <summary>The shortest query that reads it</summary>
              <pre className="code code-wrap">{data.query}</pre>
            </details>
          )}
        </div>
      )}
    </Loaded>
  );
}

function Verdict({ data }: { data: Explanation }) {
  if (data.readable) {
    return (
      <Notice tone="success" title="Yes, it can be read">
        <p>Everything that it needs is open.</p>
      </Notice>
    );
  }
  const add = data.add ?? [];
  return (
    <Notice tone="danger" title="No, it cannot be read">
      {data.hopeless ? <p>No set of scopes would be enough.</p> : add.length > 0 && <p>{add.length === 1 ? `The scope ${add[0]} would be enough.` : `The scopes ${listed(add)} would be enough together.`}</p>}
    </Notice>
  );
}

function Needs({ title, needs }: { title: string; needs: Need[] }) {
  if (needs.length === 0) return null;
  return (
    <div className="table-frame">
      <table className="table table-cards" role="table">
        <caption className="needs-caption">{title}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {["Readable", "Coordinate", "Because", "Covered by"].map((head) => (
              <th key={head} scope="col" role="columnheader">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {needs.map((need, at) => (
            <tr key={at} role="row">
              <td role="cell" data-label="Readable">
                <Badge tone={need.readable ? "success" : "danger"}>{need.readable ? "yes" : "no"}</Badge>
              </td>
              <td role="cell" data-label="Coordinate">
                <code>{need.coordinate}</code>
              </td>
              <td role="cell" data-label="Because">
                {need.why}
                {need.at && need.at.length > 0 && (
                  <span className="muted small">
                    {" "}
                    at <code>{need.at.join(".")}</code>
                  </span>
                )}
              </td>
              <td role="cell" data-label="Covered by">
                <Covers need={need} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Covers({ need }: { need: Need }) {
  if (need.covers.length === 0) return <span className="muted">no scope</span>;
  return (
    <ul className="plain">
      {need.covers.map((cover) => (
        <li key={cover.scope + cover.entry}>
          <Badge tone={cover.held ? "success" : "warning"}>
            {cover.scope}
            {cover.held ? ", held" : ""}
          </Badge>{" "}
          <span className="small muted">
            by <code>{cover.entry}</code>
            {cover.file && <> in {cover.file}</>}
          </span>
        </li>
      ))}
    </ul>
  );
}
