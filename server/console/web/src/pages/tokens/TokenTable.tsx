import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { membersQuery } from "../../api/queries";
import type { Token } from "../../api/types";
import { useMay } from "../../shell/session";
import { Badge, StateBadge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Table, type Column } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { Revoke } from "./Revoke";

export function TokenTable({ layer, rows }: { layer: string; rows: Token[] }) {
  const [revoked, setRevoked] = useState<Token>();
  const members = useQuery(membersQuery);
  const may = useMay();
  const mayRevoke = may("token.revoke");
  const columns = useMemo<Column<Token>[]>(() => {
    const names = new Map((members.data ?? []).map((member) => [member.id, member.name]));
    return [
      {
        id: "name",
        header: "Name",
        accessorFn: (token) => token.name,
        cell: ({ row }) => (
          <Link to="/layers/$layer/tokens/$token" params={{ layer, token: row.original.id }}>
            {row.original.name}
          </Link>
        ),
      },
      { id: "scopes", header: "Scopes", accessorFn: (token) => token.scopes.map((scope) => scope.name).join(), cell: ({ row }) => <TokenScopes token={row.original} /> },
      { id: "created_by", header: "Created by", accessorFn: (token) => names.get(token.created_by ?? "") ?? "", cell: ({ row }) => <Creator token={row.original} names={names} /> },
      { id: "last_used", header: "Last used", accessorFn: (token) => token.last_used ?? "", cell: ({ row }) => <Time at={row.original.last_used} /> },
      { id: "expires", header: "Expires", accessorFn: (token) => token.expires ?? "9", cell: ({ row }) => <Time at={row.original.expires} /> },
      { id: "state", header: "State", accessorFn: (token) => token.state, cell: ({ row }) => <StateBadge state={row.original.state} /> },
      {
        id: "actions",
        header: "",
        enableSorting: false,
        cell: ({ row }) =>
          mayRevoke &&
          row.original.state !== "revoked" && (
            <Button small onClick={() => setRevoked(row.original)} aria-label={`Revoke ${row.original.name}`}>
              Revoke
            </Button>
          ),
      },
    ];
  }, [layer, members.data, mayRevoke]);
  return (
    <>
      <Table caption="API tokens" rows={rows} columns={columns} rowId={(token) => token.id} sort={{ id: "name", desc: false }} />
      {revoked && <Revoke layer={layer} token={revoked} onClose={() => setRevoked(undefined)} />}
    </>
  );
}

/** TokenScopes is what a token was generated with. One whose scopes were all deleted reads what is unscoped, no more (R4). */
export function TokenScopes({ token }: { token: Token }) {
  if (token.unrestricted) {
    return (
      <Badge tone="warning" title="It reads everything, also what scopes restrict later">
        unrestricted
      </Badge>
    );
  }
  if (token.scopes.length === 0) return <span className="muted">none left: it reads what no scope restricts</span>;
  return (
    <span className="row">
      {token.scopes.map((scope) => (
        <Badge key={scope.id} tone="accent">
          {scope.name}
        </Badge>
      ))}
    </span>
  );
}

function Creator({ token, names }: { token: Token; names: Map<string, string> }) {
  if (!token.created_by) return <span className="muted">the server</span>;
  return names.get(token.created_by) ?? <span className="muted">a former member</span>;
}
