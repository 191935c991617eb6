import { useBlocker } from "@tanstack/react-router";
import { useState } from "react";
import type { Scope } from "../../api/types";
import { useMay } from "../../shell/session";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorBox } from "../../ui/ErrorBox";
import { Field } from "../../ui/Field";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { DeleteScope } from "./DeleteScope";
import { Entries } from "./Entries";
import { Preview } from "./Preview";
import { Fields } from "./Fields";
import { useSave } from "./useSave";

type Props = { layer: string; scope?: Scope; title: string; readOnly: boolean };

/** Editor edits a scope, or a new one: on the left what it covers, on the right what that comes to. */
export function Editor({ layer, scope, title, readOnly }: Props) {
  const [name, setName] = useState(scope?.name ?? "");
  const [description, setDescription] = useState(scope?.description ?? "");
  const [entries, setEntries] = useState(scope?.fields ?? []);
  const dirty = !readOnly && (name !== (scope?.name ?? "") || description !== (scope?.description ?? "") || entries.join("\n") !== (scope?.fields ?? []).join("\n"));
  const save = useSave(layer, scope);
  const body = { name: name.trim(), description: description.trim(), fields: entries };
  return (
    <Page title={title} actions={<Actions layer={layer} scope={scope} readOnly={readOnly} dirty={dirty} saving={save.isPending} onSave={() => save.mutate(body)} ready={body.name !== "" && entries.length > 0} />}>
      <Leave dirty={dirty && !save.isPending && !save.isSuccess} />
      {scope?.file && (
        <Notice title="This scope is owned by a file">
          <p>
            Change it in <code>{scope.file}</code>: what the file says is what holds. It is shown here read-only.
          </p>
        </Notice>
      )}
      {save.error && <ErrorBox error={save.error} />}
      <div className="scope-names">
        <Field label="Name" value={name} onChange={(event) => setName(event.target.value)} readOnly={readOnly} autoComplete="off" spellCheck={false} maxLength={200} />
        <Field label="Description" value={description} onChange={(event) => setDescription(event.target.value)} readOnly={readOnly} autoComplete="off" hint="Who needs it, and what for." />
      </div>
      <div className="scope-editor">
        <Fields layer={layer} entries={entries} setEntries={setEntries} readOnly={readOnly} />
        <div className="scope-side">
          <Entries entries={entries} setEntries={setEntries} readOnly={readOnly} />
          <Preview layer={layer} draft={{ scope: scope?.id ?? "", name: body.name, description: body.description, entries }} changed={dirty} />
        </div>
      </div>
    </Page>
  );
}

type ActionProps = { layer: string; scope?: Scope; readOnly: boolean; dirty: boolean; saving: boolean; ready: boolean; onSave: () => void };

function Actions({ layer, scope, readOnly, dirty, saving, ready, onSave }: ActionProps) {
  const [deleting, setDeleting] = useState(false);
  const may = useMay();
  return (
    <>
      {scope && !scope.file && !may("scope.delete") && <span className="muted small">Only owners delete scopes.</span>}
      {scope && !scope.file && may("scope.delete") && (
        <Button look="danger" onClick={() => setDeleting(true)}>
          Delete
        </Button>
      )}
      {!readOnly && (
        <Button look="primary" busy={saving} disabled={!dirty || !ready} onClick={onSave}>
          {scope ? "Save changes" : "Create the scope"}
        </Button>
      )}
      {deleting && scope && <DeleteScope layer={layer} scope={scope} onClose={() => setDeleting(false)} />}
    </>
  );
}

/** Leave asks before changes that are not saved are left behind. */
function Leave({ dirty }: { dirty: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: dirty,
    withResolver: true,
  });
  return (
    <Dialog open={blocker.status === "blocked"} onClose={() => blocker.reset?.()} title="Leave without saving?" description={<p>What you changed in this scope is not saved.</p>}>
      <div className="row row-end">
        <Button onClick={() => blocker.reset?.()}>Stay</Button>
        <Button look="danger" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
      </div>
    </Dialog>
  );
}
