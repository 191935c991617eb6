import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { matrixQuery } from "../../api/queries";
import type { Matrix as Data } from "../../api/types";
import { Empty } from "../../ui/Empty";
import { Field } from "../../ui/Field";
import { Loaded } from "../../ui/Loaded";
import { count } from "../../ui/text";
import type { SetAccess } from "./Access";

const rowHeight = 34;
const named = 3; // tokens whose names are in the head of a column

/** Matrix is tokens × types: how many fields of each type somebody reads. Tokens of equal rights are one column. */
export function Matrix({ layer, q, set }: { layer: string; q: string; set: SetAccess }) {
  const matrix = useQuery(matrixQuery(layer));
  return (
    <>
      <div className="row filters">
        <Field label="Filter types" type="search" value={q} onChange={(event) => set({ q: event.target.value || undefined })} placeholder="name" spellCheck={false} />
        <ul className="plain row small" aria-label="Legend">
          <li className="cell cell-all">all</li>
          <li className="cell cell-some">some</li>
          <li className="cell cell-none">none</li>
        </ul>
      </div>
      <Loaded query={matrix} what="the matrix">
        {(data) => <Grid layer={layer} data={data} q={q} />}
      </Loaded>
    </>
  );
}

function Grid({ layer, data, q }: { layer: string; data: Data; q: string }) {
  const frame = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    const word = q.toLowerCase();
    return data.types.map((_, at) => at).filter((at) => data.types[at]!.name.toLowerCase().includes(word));
  }, [data, q]);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => frame.current, estimateSize: () => rowHeight, overscan: 12 });
  const items = virtual.getVirtualItems();
  if (rows.length === 0) {
    return (
      <Empty title="No type matches">
        <p>None of the {count(data.types.length, "type")} has this text in its name.</p>
      </Empty>
    );
  }
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const columns = data.subjects.length + 1;
  return (
    <div ref={frame} className="matrix" tabIndex={0} role="region" aria-label="Tokens by types">
      <table className="matrix-table" aria-rowcount={rows.length + 1}>
        <caption className="visually-hidden">How many fields of each type the holders of each set of scopes read</caption>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className="matrix-corner">
              Type
            </th>
            {data.subjects.map((subject, at) => (
              <th key={at} scope="col">
                <Head layer={layer} subject={subject} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr aria-hidden="true">
              <td colSpan={columns} style={{ height: before }} />
            </tr>
          )}
          {items.map((item) => {
            const at = rows[item.index]!;
            const type = data.types[at]!;
            return (
              <tr key={type.name} aria-rowindex={item.index + 2} className="matrix-row">
                <th scope="row">
                  <Link to="/layers/$layer/access" params={{ layer }} search={{ at: type.name }} title={type.name}>
                    <code>{type.name}</code>
                  </Link>
                </th>
                {data.subjects.map((subject, column) => (
                  <Cell key={column} readable={subject.readable[at] ?? 0} fields={type.fields} />
                ))}
              </tr>
            );
          })}
          {after > 0 && (
            <tr aria-hidden="true">
              <td colSpan={columns} style={{ height: after }} />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

function Head({ layer, subject }: { layer: string; subject: Data["subjects"][number] }) {
  const { tokens } = subject;
  const total = tokens.length + (subject.more ?? 0);
  return (
    <span className="matrix-head">
      <span>{subject.unrestricted ? "unrestricted" : subject.scopes.length > 0 ? subject.scopes.join(", ") : "no scope"}</span>
      {tokens.slice(0, named).map((token) => (
        <Link key={token.id} to="/layers/$layer/tokens/$token" params={{ layer, token: token.id }} className="small">
          {token.name}
        </Link>
      ))}
      {total > named && <span className="small muted">and {count(total - named, "more", "more")}</span>}
    </span>
  );
}

function Cell({ readable, fields }: { readable: number; fields: number }) {
  const state = readable >= fields ? "all" : readable === 0 ? "none" : "some";
  return (
    <td className={`cell cell-${state}`}>
      {readable}
      <span className="muted">/{fields}</span>
    </td>
  );
}
