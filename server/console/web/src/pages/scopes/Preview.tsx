import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { previewQuery } from "../../api/queries";
import type { Draft, Preview as Data } from "../../api/types";
import { Copy } from "../../ui/Copy";
import { ErrorBox } from "../../ui/ErrorBox";
import { Loading } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import { count } from "../../ui/text";
import { Coordinates, Plan } from "./Plan";

const pause = 250; // ms without a change before the server is asked

/** Preview shows what a draft of a scope comes to, as the server works it out while it is edited. */
export function Preview({ layer, draft, changed }: { layer: string; draft: Draft; changed: boolean }) {
  const settled = useSettled(draft, pause);
  const preview = useQuery({ ...previewQuery(layer, settled), enabled: settled.entries.length > 0, placeholderData: keepPreviousData });
  if (settled.entries.length === 0) {
    return (
      <section className="card">
        <h2>What it comes to</h2>
        <p className="muted">As soon as something is chosen, this shows who would gain and lose what, which arguments and filters would be guarded with it, and the file.</p>
      </section>
    );
  }
  if (preview.error) return <ErrorBox error={preview.error} retry={() => void preview.refetch()} />;
  if (!preview.data) return <Loading what="what it comes to" />;
  return (
    <div className={preview.isFetching ? "stack previewing" : "stack"} aria-busy={preview.isFetching}>
      <Problems data={preview.data} named={draft.name !== ""} />
      <section className="card" aria-labelledby="plan">
        <h2 id="plan">{changed ? "What changes" : "In force"}</h2>
        {changed ? <Plan plan={preview.data.plan} more={preview.data.more} /> : <Covered data={preview.data} />}
      </section>
      <Folded title="Guards that come along" number={preview.data.guards.length + (preview.data.more?.guards ?? 0)}>
        <p className="small muted">Arguments, filters and sorts that would tell what a restricted field holds. They need what the field needs.</p>
        <Standing rows={preview.data.guards.map((guard) => ({ ...guard, by: guard.rule }))} />
      </Folded>
      <Folded title="Escapes" number={preview.data.escapes.length + (preview.data.more?.escapes ?? 0)} warn>
        <p className="small muted">Ways to learn what is restricted that no guard closes: whole records as text, free-form filters. Restrict them too, or set escapes to deny.</p>
        <Standing rows={preview.data.escapes.map((escape) => ({ ...escape, by: escape.kind }))} />
      </Folded>
      <Folded title="As a file">
        <div className="row row-end">
          <Copy text={preview.data.yaml} what="the file" />
        </div>
        <pre className="code" tabIndex={0} role="region" aria-label="The scope as a file">
          {preview.data.yaml}
        </pre>
      </Folded>
    </div>
  );
}

function Covered({ data }: { data: Data }) {
  const more = data.more?.covered ?? 0;
  const number = data.covered.length + more;
  if (number === 0) return <p className="muted">It covers nothing in the current schema.</p>;
  return (
    <details>
      <summary>It restricts {count(number, "coordinate")}</summary>
      <Coordinates list={data.covered} more={more} />
    </details>
  );
}

/** Problems are what keeps the draft from being stored, but for a name that is still to be given. */
function Problems({ data, named }: { data: Data; named: boolean }) {
  const problems = data.problems.filter((problem) => named || problem.entry !== undefined);
  if (problems.length === 0) return null;
  return (
    <Notice tone="warning" title={problems.length === 1 ? "One problem" : `${problems.length} problems`} live>
      <ul>
        {problems.map((problem) => (
          <li key={(problem.entry ?? "") + problem.message}>
            {problem.entry && <code>{problem.entry}</code>} {problem.message}
            {problem.suggestion && (
              <>
                ; did you mean <code>{problem.suggestion}</code>?
              </>
            )}
            {problem.hint && <span className="muted"> {problem.hint}</span>}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function Folded({ title, number, warn, children }: { title: string; number?: number; warn?: boolean; children: ReactNode }) {
  if (number === 0) return null;
  return (
    <details className="card">
      <summary>
        <strong>{title}</strong> {number !== undefined && <span className={warn ? "badge badge-warning" : "badge"}>{number.toLocaleString("en")}</span>}
      </summary>
      <div className="stack-small">{children}</div>
    </details>
  );
}

function Standing({ rows }: { rows: { at: string; by: string; stands_for: string[]; more?: number }[] }) {
  return (
    <ul className="plain standing">
      {rows.map((row) => (
        <li key={`${row.at} ${row.by}`}>
          <code>{row.at}</code> <span className="small muted">{row.by}</span>
          {row.stands_for.length > 0 && (
            <div className="small">
              stands for <code>{row.stands_for.join(", ")}</code>
              {row.more !== undefined && <> and {row.more.toLocaleString("en")} more</>}
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

/** useSettled is a value as it was when it last stayed the same for a while. */
function useSettled<T>(value: T, ms: number): T {
  const text = JSON.stringify(value);
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(text) as T), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return settled;
}
