import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { tokensQuery } from "../../api/queries";
import type { Token } from "../../api/types";
import { useMay } from "../../shell/session";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Choice, Field } from "../../ui/Field";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { count } from "../../ui/text";
import { Generate } from "./Generate";
import { TokenTable } from "./TokenTable";

export function Tokens() {
  const { layer } = useParams({ from: "/shell/layers/$layer/tokens" });
  const search = useSearch({ from: "/shell/layers/$layer/tokens" });
  const navigate = useNavigate({ from: "/layers/$layer/tokens" });
  const tokens = useQuery(tokensQuery(layer));
  const may = useMay();
  const set = (change: Partial<typeof search>, replace = true) => void navigate({ search: (old) => ({ ...old, ...change }), replace });
  const generate = may("token.generate") && (
    <Button look="primary" onClick={() => set({ generate: true }, false)}>
      Generate a token
    </Button>
  );
  return (
    <Page
      title="API tokens"
      lead="A token is a secret that an application sends with its queries. It reads what the scopes that were chosen for it open, and everything that no scope restricts."
      actions={generate}
    >
      <Loaded query={tokens} what="tokens">
        {(rows) => (rows.length === 0 ? <NoTokens action={generate} /> : <List layer={layer} rows={rows} search={search} set={set} />)}
      </Loaded>
      {search.generate && may("token.generate") && <Generate layer={layer} onClose={() => set({ generate: undefined })} />}
    </Page>
  );
}

type ListProps = { layer: string; rows: Token[]; search: { q?: string; state?: string }; set: (change: { q?: string; state?: string }) => void };

function List({ layer, rows, search, set }: ListProps) {
  const { q = "", state = "active" } = search;
  const shown = useMemo(() => chosen(rows, q, state), [rows, q, state]);
  return (
    <>
      <div className="row filters">
        <Field label="Filter" value={q} onChange={(event) => set({ q: event.target.value || undefined })} type="search" placeholder="name or scope" />
        <Choice
          label="State"
          value={state}
          onChange={(value) => set({ state: value === "active" ? undefined : value })}
          options={[
            { value: "active", label: "Active" },
            { value: "expired", label: "Expired" },
            { value: "revoked", label: "Revoked" },
            { value: "all", label: "All" },
          ]}
        />
        <span className="muted small filters-count" role="status">
          {count(shown.length, "token")}
        </span>
      </div>
      {shown.length === 0 ? (
        <Empty title="No token matches">
          <p>Of the {count(rows.length, "token")} of this data layer none has this state and this text in its name or scopes.</p>
        </Empty>
      ) : (
        <TokenTable layer={layer} rows={shown} />
      )}
    </>
  );
}

function chosen(rows: Token[], q: string, state: string): Token[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((token) => {
    const text = [token.name, ...token.scopes.map((scope) => scope.name), token.unrestricted ? "unrestricted" : ""].join(" ").toLowerCase();
    return (state === "all" || token.state === state) && words.every((word) => text.includes(word));
  });
}

function NoTokens({ action }: { action: React.ReactNode }) {
  return (
    <Empty title="No token yet" action={action}>
      <p>Without a token nobody reads this data layer. Generate one for each application, with the scopes that it needs and no others: its scopes never change.</p>
      <p>The application sends it as a header:</p>
      <pre className="code">Authorization: Bearer fgt_…</pre>
    </Empty>
  );
}
