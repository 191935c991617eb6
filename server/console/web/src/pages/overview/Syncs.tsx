import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "../../api/client";
import { keys } from "../../api/queries";
import type { Step, Sync } from "../../api/types";
import { useMay } from "../../shell/session";
import { StateBadge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { ErrorBox } from "../../ui/ErrorBox";
import { Notice } from "../../ui/Notice";
import { Time } from "../../ui/Time";

const steps = ["schema", "validate", "compile", "sign", "activate"];

const does: Record<string, string> = {
  schema: "read the schema",
  validate: "check the scopes against it",
  compile: "compile both",
  sign: "sign the bundle",
  activate: "put it into force",
};

export function Syncs({ syncs }: { syncs: Sync[] }) {
  const [last, ...earlier] = syncs;
  if (!last) {
    return (
      <Empty title="No sync yet">
        <p>A sync reads the schema, checks the scopes against it, compiles both, signs the result and puts it into force.</p>
      </Empty>
    );
  }
  return (
    <div className="stack">
      <div className="row">
        <StateBadge state={last.state} />
        <span>{last.reason}</span>
        <span className="muted">
          <Time at={last.started} />
        </span>
        {last.revision !== undefined && <span className="muted">revision {last.revision}</span>}
      </div>
      <Steps sync={last} />
      {last.error && (
        <Notice tone="danger" title="The sync failed; the revision before it stays in force">
          <pre className="code-wrap">{last.error}</pre>
        </Notice>
      )}
      {earlier.length > 0 && (
        <details>
          <summary>Earlier syncs</summary>
          <ul className="plain earlier">
            {earlier.map((sync) => (
              <li key={sync.id} className="row">
                <StateBadge state={sync.state} /> {sync.reason}
                <span className="muted">
                  <Time at={sync.started} />
                </span>
                {sync.error && <span className="breakable small">{sync.error}</span>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

/** Steps shows all five, also those that have not begun: how far it is, is seen at once. */
function Steps({ sync }: { sync: Sync }) {
  const done = new Map(sync.steps.map((step) => [step.name, step]));
  return (
    <ol className="steps" aria-label="Steps">
      {steps.map((name) => (
        <OneStep key={name} name={name} step={done.get(name)} />
      ))}
    </ol>
  );
}

const marks: Record<string, string> = { succeeded: "✓", failed: "✗", running: "…", superseded: "–" };

function OneStep({ name, step }: { name: string; step?: Step }) {
  const state = step?.state ?? "waiting";
  return (
    <li className={`step step-${state}`}>
      <span className="step-mark" aria-hidden="true">
        {marks[state] ?? ""}
      </span>
      <span>
        <strong>{name}</strong> <span className="muted small">{does[name]}</span>
        <span className="visually-hidden">: {state}</span>
        {step?.detail && <span className="step-detail small breakable">{step.detail}</span>}
      </span>
      <span className="muted small">{step?.ended && `${Math.max(0, Date.parse(step.ended) - Date.parse(step.started)).toLocaleString("en")} ms`}</span>
    </li>
  );
}

export function StartSync({ layer }: { layer: string }) {
  const may = useMay();
  const queries = useQueryClient();
  const start = useMutation({
    mutationFn: () => unwrap(client.POST("/api/v1/layers/{layer}/syncs", { params: { path: { layer } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...keys.layer(layer), "syncs"] }),
  });
  if (!may("sync.start")) return null;
  return (
    <>
      {start.error && <ErrorBox error={start.error} />}
      <Button busy={start.isPending} onClick={() => start.mutate()}>
        Start a sync
      </Button>
    </>
  );
}
