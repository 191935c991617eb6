import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { scopesQuery, tokensQuery } from "../../api/queries";
import type { Scope } from "../../api/types";
import { useMay } from "../../shell/session";
import { buttonClass } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Field } from "../../ui/Field";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { Table, type Column } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { count } from "../../ui/text";
import "./scopes.css";

export function Scopes() {
  const { layer } = useParams({ from: "/shell/layers/$layer/scopes" });
  const scopes = useQuery(scopesQuery(layer));
  const may = useMay();
  const create = may("scope.create") && (
    <Link className={buttonClass("primary")} to="/layers/$layer/scopes/new" params={{ layer }}>
      Create a scope
    </Link>
  );
  return (
    <Page
      title="API scopes"
      lead="A scope names parts of the schema. What a scope names is restricted: only tokens that hold the scope, and unrestricted ones, read it. What no scope names every token reads."
      actions={create}
    >
      <Loaded query={scopes} what="scopes">
        {(rows) => (rows.length === 0 ? <NoScopes action={create} /> : <List layer={layer} rows={rows} />)}
      </Loaded>
    </Page>
  );
}

function List({ layer, rows }: { layer: string; rows: Scope[] }) {
  const { q = "" } = useSearch({ from: "/shell/layers/$layer/scopes" });
  const navigate = useNavigate({ from: "/layers/$layer/scopes" });
  const tokens = useQuery(tokensQuery(layer));
  const holders = useMemo(() => {
    const out = new Map<string, number>();
    for (const token of tokens.data ?? []) if (token.state === "active") for (const scope of token.scopes) out.set(scope.id, (out.get(scope.id) ?? 0) + 1);
    return out;
  }, [tokens.data]);
  const shown = useMemo(() => rows.filter((scope) => `${scope.name} ${scope.description ?? ""} ${scope.fields.join(" ")}`.toLowerCase().includes(q.toLowerCase())), [rows, q]);
  const columns = useMemo<Column<Scope>[]>(
    () => [
      {
        id: "name",
        header: "Name",
        accessorFn: (scope) => scope.name,
        cell: ({ row }) => (
          <>
            <Link to="/layers/$layer/scopes/$scope" params={{ layer, scope: row.original.id }}>
              <strong>{row.original.name}</strong>
            </Link>
            {row.original.description && <div className="small muted">{row.original.description}</div>}
          </>
        ),
      },
      { id: "fields", header: "Entries", accessorFn: (scope) => scope.fields.length, cell: ({ row }) => row.original.fields.length.toLocaleString("en") },
      { id: "tokens", header: "Active tokens", accessorFn: (scope) => holders.get(scope.id) ?? 0, cell: ({ row }) => holders.get(row.original.id) ?? 0 },
      { id: "file", header: "Owned by", accessorFn: (scope) => scope.file ?? "", cell: ({ row }) => (row.original.file ? <code>{row.original.file}</code> : "the API") },
      { id: "updated", header: "Updated", accessorFn: (scope) => scope.updated, cell: ({ row }) => <Time at={row.original.updated} /> },
    ],
    [layer, holders],
  );
  return (
    <>
      <div className="row filters">
        <Field label="Filter" type="search" value={q} onChange={(event) => void navigate({ search: { q: event.target.value || undefined }, replace: true })} placeholder="name, description or field" />
        <span className="muted small filters-count" role="status">
          {count(shown.length, "scope")}
        </span>
      </div>
      {shown.length === 0 ? (
        <Empty title="No scope matches">
          <p>None of the {count(rows.length, "scope")} has this text in its name, description or entries.</p>
        </Empty>
      ) : (
        <Table caption="API scopes" rows={shown} columns={columns} rowId={(scope) => scope.id} sort={{ id: "name", desc: false }} />
      )}
    </>
  );
}

function NoScopes({ action }: { action: React.ReactNode }) {
  return (
    <Empty title="No scope yet: every token reads everything" action={action}>
      <p>Begin with what must not be read by everyone: cost prices, personal data, unpublished work. Name the fields, give the scope to the tokens that need them, and nobody else reads them any more.</p>
      <p>Or keep scopes in a repository, one file each:</p>
      <pre className="code">{`scope: finance\ndescription: Cost prices, for the finance site\nfields: [ShopifyProduct.cost, ShopifyOrder]`}</pre>
    </Empty>
  );
}
