import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, unwrap } from "../../api/client";
import { keys } from "../../api/queries";
import type { Layer, Revision } from "../../api/types";
import { useMay } from "../../shell/session";
import { Badge } from "../../ui/Badge";
import { Button, buttonClass } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorBox } from "../../ui/ErrorBox";
import { Time } from "../../ui/Time";
import { useSay } from "../../ui/Toasts";
import { shortDigest } from "../../ui/text";

export function Revisions({ layer, revisions }: { layer: Layer; revisions: Revision[] }) {
  const [chosen, setChosen] = useState<Revision | "unpin">();
  const may = useMay();
  return (
    <div className="stack">
      {layer.pinned !== undefined && may("revision.unpin") && (
        <div>
          <Button onClick={() => setChosen("unpin")}>Unpin: follow the current schema again</Button>
        </div>
      )}
      <div className="table-frame revision-list">
        <table className="table">
          <caption className="visually-hidden">Revisions, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Revision</th>
              <th scope="col">Schema</th>
              <th scope="col">Created</th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {revisions.map((revision) => (
              <tr key={revision.number}>
                <td>
                  <span className="row">
                    {revision.number} <code className="muted">{shortDigest(revision.digest)}</code>
                    {revision.active && <Badge tone="success">active</Badge>}
                    {revision.pinned && <Badge tone="warning">pinned</Badge>}
                  </span>
                </td>
                <td>
                  <code>{shortDigest(revision.schema_digest)}</code>
                </td>
                <td>
                  <Time at={revision.created} />
                </td>
                <td className="tight">
                  <span className="row">
                    {may("revision.pin") && !revision.pinned && (
                      <Button small onClick={() => setChosen(revision)} aria-label={`Pin revision ${revision.number}`}>
                        Pin
                      </Button>
                    )}
                    <a
                      className={buttonClass("quiet", true)}
                      href={`/api/v1/layers/${encodeURIComponent(layer.name)}/revisions/${revision.number}/bundle.tar.gz`}
                      download
                      aria-label={`Bundle of revision ${revision.number}`}
                    >
                      Bundle
                    </a>
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {chosen !== undefined && <PinDialog layer={layer.name} chosen={chosen} onClose={() => setChosen(undefined)} />}
    </div>
  );
}

function PinDialog({ layer, chosen, onClose }: { layer: string; chosen: Revision | "unpin"; onClose: () => void }) {
  const queries = useQueryClient();
  const say = useSay();
  const path = { layer };
  const unpin = chosen === "unpin";
  const change = useMutation({
    mutationFn: () =>
      unpin
        ? unwrap(client.DELETE("/api/v1/layers/{layer}/pin", { params: { path } }))
        : unwrap(client.PUT("/api/v1/layers/{layer}/pin", { params: { path }, body: { revision: chosen.number } })),
    onSuccess: () => {
      say(unpin ? "The data layer follows its current schema again" : `The schema of revision ${chosen.number} is pinned`);
      onClose();
      void queries.invalidateQueries({ queryKey: keys.layer(layer) });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={unpin ? "Follow the current schema again?" : `Pin the schema of revision ${chosen.number}?`}
      description={
        unpin ? (
          <p>The newest schema compiles with the current scopes into a new revision.</p>
        ) : (
          <p>Its schema compiles with the current scopes into a new revision, and newer schemas wait until it is unpinned. Scopes and tokens are not taken back.</p>
        )
      }
    >
      {change.error && <ErrorBox error={change.error} />}
      <div className="row row-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" busy={change.isPending} onClick={() => change.mutate()}>
          {unpin ? "Unpin" : "Pin"}
        </Button>
      </div>
    </Dialog>
  );
}
