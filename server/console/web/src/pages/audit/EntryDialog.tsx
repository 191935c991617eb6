import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { auditEntryQuery } from "../../api/queries";
import type { Entry } from "../../api/types";
import { Button } from "../../ui/Button";
import { Copy } from "../../ui/Copy";
import { Dialog } from "../../ui/Dialog";
import { Loaded } from "../../ui/Loaded";
import { Time } from "../../ui/Time";
import { Diff } from "./Diff";
import { actorName, targetName } from "./words";

/** EntryDialog shows one entry whole, with what was before and after. */
export function EntryDialog({ sequence, onClose }: { sequence: number; onClose: () => void }) {
  const entry = useQuery(auditEntryQuery(sequence));
  return (
    <Dialog open onClose={onClose} title={entry.data ? `${entry.data.sequence}: ${entry.data.action}` : `Entry ${sequence}`} wide>
      <Loaded query={entry} what="the entry">
        {(data) => (data && data.sequence === sequence ? <Details entry={data} /> : <p>There is no entry {sequence}.</p>)}
      </Loaded>
      <div className="row row-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}

function Details({ entry }: { entry: Entry }) {
  return (
    <>
      <dl className="facts">
        <dt>When</dt>
        <dd>
          <Time at={entry.time} exact />
        </dd>
        <dt>Who</dt>
        <dd>
          {actorName(entry.actor)} <span className="muted">({entry.actor.kind === "key" ? "with a key" : entry.actor.kind})</span>
          {entry.actor.commit && (
            <>
              , commit <code>{entry.actor.commit}</code>
            </>
          )}
          {entry.ip && <>, from {entry.ip}</>}
        </dd>
        <dt>What</dt>
        <dd>
          <Target target={entry.target} /> <span className="muted">({entry.target.kind})</span>
          {entry.target.data_layer && (
            <>
              {" "}
              in{" "}
              <Link to="/layers/$layer" params={{ layer: entry.target.data_layer }}>
                {entry.target.data_layer}
              </Link>
            </>
          )}
        </dd>
        {entry.request_id && (
          <>
            <dt>Request</dt>
            <dd>
              <code>{entry.request_id}</code>
            </dd>
          </>
        )}
        <dt>Hash</dt>
        <dd>
          <code>{entry.hash}</code>
        </dd>
        <dt>Previous hash</dt>
        <dd>
          <code>{entry.previous}</code>
        </dd>
      </dl>
      <Diff before={entry.before} after={entry.after} />
      <details>
        <summary>As JSON</summary>
        <div className="stack-small">
          <div>
            <Copy text={JSON.stringify(entry, null, 2)} what="the entry" />
          </div>
          <pre className="code code-wrap">{JSON.stringify(entry, null, 2)}</pre>
        </div>
      </details>
    </>
  );
}

/** Target leads to what the change is about, where there is a page for it. */
function Target({ target }: { target: Entry["target"] }) {
  const layer = target.data_layer ?? "";
  const name = targetName(target);
  switch (target.kind) {
    case "token":
      return (
        <Link to="/layers/$layer/tokens/$token" params={{ layer, token: target.id }}>
          {name}
        </Link>
      );
    case "scope":
      return (
        <Link to="/layers/$layer/scopes/$scope" params={{ layer, scope: target.id }}>
          {name}
        </Link>
      );
    case "member":
      return (
        <Link to="/members/$member" params={{ member: target.id }}>
          {name}
        </Link>
      );
  }
  return <>{name}</>;
}
