import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { membersQuery } from "../../api/queries";
import type { Member } from "../../api/types";
import { useMay, useSession } from "../../shell/session";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { Table, type Column } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { AddMember } from "./AddMember";
import { ChangeRole } from "./ChangeRole";
import { RemoveMember } from "./RemoveMember";

export function Members() {
  const members = useQuery(membersQuery);
  const [adding, setAdding] = useState(false);
  const may = useMay();
  return (
    <Page
      title="Members and keys"
      lead="Owners and developers generate and revoke tokens and edit scopes. Only owners delete scopes, manage members and delete data layers. Members sign in with keys."
      actions={
        may("member.add") && (
          <Button look="primary" onClick={() => setAdding(true)}>
            Add a member
          </Button>
        )
      }
    >
      <Loaded query={members} what="members">
        {(rows) => <MemberTable rows={rows} />}
      </Loaded>
      {adding && <AddMember onClose={() => setAdding(false)} />}
    </Page>
  );
}

function MemberTable({ rows }: { rows: Member[] }) {
  const may = useMay();
  const { member: self } = useSession();
  const [changed, setChanged] = useState<Member>();
  const [removed, setRemoved] = useState<Member>();
  const mayUpdate = may("member.update");
  const mayRemove = may("member.remove");
  const columns = useMemo<Column<Member>[]>(
    () => [
      {
        id: "name",
        header: "Name",
        accessorFn: (member) => member.name,
        cell: ({ row }) => (
          <span className="row">
            <Link to="/members/$member" params={{ member: row.original.id }}>
              {row.original.name}
            </Link>
            {row.original.id === self.id && <Badge>you</Badge>}
          </span>
        ),
      },
      { id: "role", header: "Role", accessorFn: (member) => member.role, cell: ({ row }) => <Badge tone={row.original.role === "owner" ? "accent" : "plain"}>{row.original.role}</Badge> },
      { id: "created", header: "Member since", accessorFn: (member) => member.created, cell: ({ row }) => <Time at={row.original.created} /> },
      {
        id: "actions",
        header: "",
        enableSorting: false,
        cell: ({ row }) => (
          <span className="row">
            {mayUpdate && (
              <Button small onClick={() => setChanged(row.original)} aria-label={`Change role of ${row.original.name}`}>
                Change role
              </Button>
            )}
            {mayRemove && (
              <Button small onClick={() => setRemoved(row.original)} aria-label={`Remove ${row.original.name}`}>
                Remove
              </Button>
            )}
          </span>
        ),
      },
    ],
    [mayUpdate, mayRemove, self.id],
  );
  return (
    <>
      <Table caption="Members" rows={rows} columns={columns} rowId={(member) => member.id} sort={{ id: "name", desc: false }} />
      {changed && <ChangeRole member={changed} onClose={() => setChanged(undefined)} />}
      {removed && <RemoveMember member={removed} onClose={() => setRemoved(undefined)} />}
    </>
  );
}
