import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { membersQuery, tokensQuery } from "../../api/queries";
import type { Token } from "../../api/types";
import { NotFound } from "../../shell/fallbacks";
import { useMay } from "../../shell/session";
import { StateBadge } from "../../ui/Badge";
import { Button, buttonClass } from "../../ui/Button";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { Time } from "../../ui/Time";
import { Revoke } from "./Revoke";
import { TokenScopes } from "./TokenTable";

export function TokenPage() {
  const { layer, token } = useParams({ from: "/shell/layers/$layer/tokens/$token" });
  const tokens = useQuery(tokensQuery(layer));
  return (
    <Loaded query={tokens} what="the token">
      {(rows) => {
        const row = rows.find((one) => one.id === token);
        return row ? <One layer={layer} token={row} /> : <NotFound />;
      }}
    </Loaded>
  );
}

function One({ layer, token }: { layer: string; token: Token }) {
  const [revoking, setRevoking] = useState(false);
  const members = useQuery(membersQuery);
  const may = useMay();
  const creator = members.data?.find((member) => member.id === token.created_by);
  return (
    <Page
      title={token.name}
      actions={
        <>
          <Link className={buttonClass()} to="/layers/$layer/access" params={{ layer }} search={{ tab: "token", as: `token:${token.id}` }}>
            What it can read
          </Link>
          {token.state === "active" && may("sandbox.run") && (
            <Link className={buttonClass()} to="/layers/$layer/sandbox" params={{ layer }} search={{ as: `token:${token.id}` }}>
              Try it in the sandbox
            </Link>
          )}
          {token.state !== "revoked" && may("token.revoke") && (
            <Button look="danger" onClick={() => setRevoking(true)}>
              Revoke
            </Button>
          )}
        </>
      }
    >
      <section className="card" aria-label="About this token">
        <dl className="facts">
          <dt>State</dt>
          <dd>
            <StateBadge state={token.state} />
          </dd>
          <dt>Scopes</dt>
          <dd>
            <TokenScopes token={token} />
          </dd>
          <dt>Created</dt>
          <dd>
            <Time at={token.created} exact />
            {creator && ` by ${creator.name}`}
          </dd>
          <dt>Last used</dt>
          <dd>
            <Time at={token.last_used} />
          </dd>
          <dt>Expires</dt>
          <dd>
            <Time at={token.expires} exact />
          </dd>
          {token.revoked && (
            <>
              <dt>Revoked</dt>
              <dd>
                <Time at={token.revoked} exact />
              </dd>
            </>
          )}
          <dt>Id</dt>
          <dd>
            <code>{token.id}</code>
          </dd>
        </dl>
      </section>
      <p>
        <Link to="/audit" search={{ target: token.id }}>
          Its entries in the audit log
        </Link>
      </p>
      {revoking && <Revoke layer={layer} token={token} onClose={() => setRevoking(false)} />}
    </Page>
  );
}
