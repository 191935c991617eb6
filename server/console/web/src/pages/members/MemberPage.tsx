import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { keysQuery, membersQuery } from "../../api/queries";
import type { Member } from "../../api/types";
import { NotFound } from "../../shell/fallbacks";
import { useMay, useSession } from "../../shell/session";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { Time } from "../../ui/Time";
import { GenerateKey } from "./GenerateKey";
import { KeyTable } from "./KeyTable";

export function MemberPage() {
  const { member } = useParams({ from: "/shell/members/$member" });
  const members = useQuery(membersQuery);
  return (
    <Loaded query={members} what="the member">
      {(rows) => {
        const row = rows.find((one) => one.id === member);
        return row ? <One member={row} /> : <NotFound />;
      }}
    </Loaded>
  );
}

function One({ member }: { member: Member }) {
  const { member: self } = useSession();
  const may = useMay();
  const [generating, setGenerating] = useState(false);
  // Owners see everybody's keys, others their own: the server's policy decides, this only spares a refusal.
  const open = (self.role === "owner" || self.id === member.id) && may("key.read");
  return (
    <Page
      title={member.name}
      actions={
        open &&
        may("key.generate") && (
          <Button look="primary" onClick={() => setGenerating(true)}>
            Generate a key
          </Button>
        )
      }
    >
      <p className="row">
        <Badge tone={member.role === "owner" ? "accent" : "plain"}>{member.role}</Badge>
        {member.id === self.id && <Badge>you</Badge>}
        <span className="muted">
          member since <Time at={member.created} exact />
        </span>
        <Link to="/audit" search={{ actor: member.id }}>
          What they changed
        </Link>
      </p>
      {open ? <Keys member={member} /> : <p className="muted">Only {member.name} and owners see these keys.</p>}
      {generating && <GenerateKey member={member} onClose={() => setGenerating(false)} />}
    </Page>
  );
}

function Keys({ member }: { member: Member }) {
  const keys = useQuery(keysQuery(member.id));
  return (
    <Loaded query={keys} what="keys">
      {(rows) =>
        rows.length === 0 ? (
          <Empty title="No key yet">
            <p>
              Without a key {member.name} cannot sign in. One with <code>admin</code> opens the console, the command line and the admin API, with the member’s role; one with{" "}
              <code>decide</code> is for programs that ask for decisions.
            </p>
          </Empty>
        ) : (
          <KeyTable member={member} rows={rows} />
        )
      }
    </Loaded>
  );
}
