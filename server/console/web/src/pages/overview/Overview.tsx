import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useLive } from "../../api/live";
import { layerQuery, revisionsQuery, syncsQuery } from "../../api/queries";
import type { Layer } from "../../api/types";
import { Badge } from "../../ui/Badge";
import { Loaded } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { Time } from "../../ui/Time";
import { shortDigest } from "../../ui/text";
import { Decisions } from "./Decisions";
import "./overview.css";
import { Revisions } from "./Revisions";
import { StartSync, Syncs } from "./Syncs";

export function Overview() {
  const { layer } = useParams({ from: "/shell/layers/$layer" });
  const row = useQuery(layerQuery(layer));
  const syncs = useQuery(syncsQuery(layer));
  const revisions = useQuery(revisionsQuery(layer));
  const live = useLive(layer);
  return (
    <Page title={layer} actions={<StartSync layer={layer} />}>
      <Loaded query={row} what="the data layer">
        {(data) => (
          <>
            {data.pinned !== undefined && (
              <Notice tone="warning" title={`The schema of revision ${data.pinned} is pinned`}>
                <p>New schemas are not activated until it is unpinned. Scopes go on being applied.</p>
              </Notice>
            )}
            <div className="grid-2">
              <Facts layer={data} />
              <section className="card" aria-labelledby="syncs">
                <div className="spread card-title">
                  <h2 id="syncs">Last sync</h2>
                  <Badge tone={live ? "success" : "plain"}>{live ? "live" : "connecting…"}</Badge>
                </div>
                <Loaded query={syncs} what="syncs">
                  {(list) => <Syncs syncs={list} />}
                </Loaded>
              </section>
            </div>
            <Decisions layer={layer} />
            <section className="card" aria-labelledby="revisions">
              <h2 id="revisions">Revisions</h2>
              <Loaded query={revisions} what="revisions">
                {(list) => <Revisions layer={data} revisions={list} />}
              </Loaded>
            </section>
            <Definition layer={data} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Facts({ layer }: { layer: Layer }) {
  return (
    <section className="card" aria-labelledby="state">
      <h2 id="state">Active revision</h2>
      {layer.active ? (
        <p className="big-number">
          {layer.active.number} <code className="muted">{shortDigest(layer.active.digest)}</code>
        </p>
      ) : (
        <Notice tone="danger" title="No revision is active">
          <p>Requests to this data layer are answered with 503 until a sync succeeds. The last sync says what is in the way.</p>
        </Notice>
      )}
      <dl className="facts">
        <dt>Guarded endpoint</dt>
        <dd>
          <code>/layers/{layer.name}</code> on the public listener
        </dd>
        {layer.schema_digest && (
          <>
            <dt>Schema</dt>
            <dd>
              <code>{shortDigest(layer.schema_digest)}</code>
            </dd>
          </>
        )}
        <dt>Owned by</dt>
        <dd>{layer.file ? <code>{layer.file}</code> : "the API"}</dd>
        <dt>Created</dt>
        <dd>
          <Time at={layer.created} exact />
        </dd>
      </dl>
    </section>
  );
}

function Definition({ layer }: { layer: Layer }) {
  return (
    <details className="card">
      <summary>Definition</summary>
      {layer.definition ? (
        <pre className="code" tabIndex={0} role="region" aria-label="Definition">
          {layer.definition}
        </pre>
      ) : (
        <p className="muted">The definition is not shown: it holds upstream headers that are written out and may be secrets. Write them as references, as in ${"{SHOP_KEY}"}.</p>
      )}
    </details>
  );
}
