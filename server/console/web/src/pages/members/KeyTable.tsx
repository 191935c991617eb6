import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { client, unwrap } from "../../api/client";
import { keys } from "../../api/queries";
import type { Key, Member } from "../../api/types";
import { useMay, useSession } from "../../shell/session";
import { Badge, StateBadge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Confirm";
import { Table, type Column } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { useSay } from "../../ui/Toasts";

export function KeyTable({ member, rows }: { member: Member; rows: Key[] }) {
  const [revoked, setRevoked] = useState<Key>();
  const { key_id: own } = useSession();
  const mayRevoke = useMay()("key.revoke");
  const columns = useMemo<Column<Key>[]>(
    () => [
      {
        id: "name",
        header: "Name",
        accessorFn: (key) => key.name,
        cell: ({ row }) => (
          <span className="row">
            {row.original.name || <span className="muted">without a name</span>}
            {row.original.id === own && <Badge>this session</Badge>}
          </span>
        ),
      },
      {
        id: "permissions",
        header: "Permissions",
        accessorFn: (key) => key.permissions.join(),
        cell: ({ row }) => (
          <span className="row">
            {row.original.permissions.map((permission) => (
              <Badge key={permission} tone="accent">
                {permission}
              </Badge>
            ))}
          </span>
        ),
      },
      { id: "created", header: "Created", accessorFn: (key) => key.created, cell: ({ row }) => <Time at={row.original.created} /> },
      { id: "last_used", header: "Last used", accessorFn: (key) => key.last_used ?? "", cell: ({ row }) => <Time at={row.original.last_used} /> },
      { id: "expires", header: "Expires", accessorFn: (key) => key.expires ?? "9", cell: ({ row }) => <Time at={row.original.expires} /> },
      { id: "state", header: "State", accessorFn: (key) => key.state, cell: ({ row }) => <StateBadge state={row.original.state} /> },
      {
        id: "actions",
        header: "",
        enableSorting: false,
        cell: ({ row }) =>
          mayRevoke &&
          row.original.state !== "revoked" && (
            <Button small onClick={() => setRevoked(row.original)} aria-label={`Revoke the key ${row.original.name}`}>
              Revoke
            </Button>
          ),
      },
    ],
    [own, mayRevoke],
  );
  return (
    <>
      <Table caption={`Keys of ${member.name}`} rows={rows} columns={columns} rowId={(key) => key.id} sort={{ id: "created", desc: true }} />
      {revoked && <RevokeKey member={member} row={revoked} own={revoked.id === own} onClose={() => setRevoked(undefined)} />}
    </>
  );
}

function RevokeKey({ member, row, own, onClose }: { member: Member; row: Key; own: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const say = useSay();
  const revoke = useMutation({
    mutationFn: () => unwrap(client.DELETE("/api/v1/members/{member}/keys/{key}", { params: { path: { member: member.id, key: row.id } } })),
    onSuccess: async () => {
      say("Key revoked");
      onClose();
      await queries.invalidateQueries({ queryKey: own ? keys.session : keys.members });
    },
  });
  return (
    <Confirm open onClose={onClose} title={`Revoke the key ${row.name}?`} action="Revoke for good" busy={revoke.isPending} error={revoke.error} onConfirm={() => revoke.mutate()}>
      <p>
        Whatever uses this key is refused from its next request on: {row.permissions.includes("admin") && "the command line, the console and programs that administer"}
        {row.permissions.length > 1 && ", and "}
        {row.permissions.includes("decide") && "gateways and services that ask for decisions"}. Its sessions end at once.
      </p>
      {own && <p>You are signed in with it: you will be signed out.</p>}
      <p className="muted">
        Last used <Time at={row.last_used} />.
      </p>
    </Confirm>
  );
}
