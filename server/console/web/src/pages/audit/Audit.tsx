import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { verifyQuery, type AuditFilter } from "../../api/queries";
import { Badge } from "../../ui/Badge";
import { buttonClass } from "../../ui/Button";
import { Notice } from "../../ui/Notice";
import { Page } from "../../ui/Page";
import { AuditList } from "./AuditList";
import "./audit.css";
import { EntryDialog } from "./EntryDialog";
import { Filters } from "./Filters";

export function Audit() {
  const { entry, ...chosen } = useSearch({ from: "/shell/audit" });
  const navigate = useNavigate({ from: "/audit" });
  const text = JSON.stringify(chosen);
  const filter = useMemo(() => JSON.parse(text) as AuditFilter, [text]); // the same object for the same filters
  return (
    <Page title="Audit log" lead="Every change to the team, with who made it, from where, and what was before and after. Entries are chained: none can be changed or left out unnoticed." actions={<Export filter={filter} />}>
      <Chain />
      <Filters filter={filter} set={(change) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })} />
      <AuditList key={text} filter={filter} onOpen={(sequence) => void navigate({ search: (old) => ({ ...old, entry: String(sequence) }) })} />
      {entry !== undefined && <EntryDialog sequence={Number(entry)} onClose={() => void navigate({ search: (old) => ({ ...old, entry: undefined }) })} />}
    </Page>
  );
}

/** Chain says whether every entry is as it was written. */
function Chain() {
  const verify = useQuery(verifyQuery);
  if (verify.isPending) return <Badge>verifying the chain…</Badge>;
  if (verify.error) return <Badge tone="warning">the chain could not be verified: {verify.error.message}</Badge>;
  const { intact, head, problem } = verify.data;
  if (!intact) {
    return (
      <Notice tone="danger" title="The chain is broken">
        <p>{problem}</p>
        <p>
          Somebody changed the store beside the server. Keep a copy of the data directory, and compare with the heads that you kept: <code>fieldgate audit verify</code>.
        </p>
      </Notice>
    );
  }
  return (
    <p className="row">
      <Badge tone="success" title={head?.hash}>
        ✓ the chain verifies
      </Badge>
      {head && (
        <span className="small muted">
          {head.sequence.toLocaleString("en")} entries, head <code>{head.hash.slice(0, 12)}</code>
        </span>
      )}
    </p>
  );
}

function Export({ filter }: { filter: AuditFilter }) {
  const address = (format: string) => `/api/v1/audit/export?${new URLSearchParams({ ...filter, format }).toString()}`;
  return (
    <>
      <a className={buttonClass()} href={address("csv")} download="audit.csv">
        Export CSV
      </a>
      <a className={buttonClass()} href={address("jsonl")} download="audit.jsonl">
        Export JSON lines
      </a>
    </>
  );
}
