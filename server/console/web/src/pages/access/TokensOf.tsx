import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { explainQuery } from "../../api/queries";
import type { Readers, Token } from "../../api/types";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";

type Props = { layer: string; readers: Readers; tokens: Token[]; onWhy: (token: string) => void };

/** TokensOf lists the tokens that open something now, and whether they can read a coordinate. */
export function TokensOf({ layer, readers, tokens, onWhy }: Props) {
  const active = tokens.filter((token) => token.state === "active");
  // Several scopes may be enough together in more ways than the one that the server names: for those it is asked.
  const unclear = [...new Set(active.filter((token) => known(token, readers) === undefined).map(held))];
  const asked = useQueries({ queries: unclear.map((scopes) => explainQuery(layer, readers.coordinate, { scopes: scopes.split("\n"), unrestricted: false })) });
  const answers = new Map(unclear.map((scopes, at) => [scopes, asked[at]?.data?.readable]));
  if (active.length === 0) return <p className="muted">There are no active tokens.</p>;
  return (
    <ul className="plain token-list">
      {active.map((token) => {
        const can = known(token, readers) ?? answers.get(held(token));
        return (
          <li key={token.id}>
            <Badge tone={can === undefined ? "plain" : can ? "success" : "danger"}>{can === undefined ? "…" : can ? "can" : "cannot"}</Badge>
            <Link className="breakable" to="/layers/$layer/tokens/$token" params={{ layer, token: token.id }}>
              {token.name}
            </Link>
            <span className="muted small breakable">{token.unrestricted ? "unrestricted" : token.scopes.map((scope) => scope.name).join(", ") || "no scope"}</span>
            <Button small look="quiet" onClick={() => onWhy(token.id)} aria-label={`Why ${token.name}?`}>
              Why?
            </Button>
          </li>
        );
      })}
    </ul>
  );
}

const held = (token: Token) => token.scopes.map((scope) => scope.name).join("\n");

/** known tells whether a token can read it as far as who can is known without asking, or undefined. */
function known(token: Token, readers: Readers): boolean | undefined {
  if (token.unrestricted || readers.everyone) return true;
  const names = token.scopes.map((scope) => scope.name);
  if (names.some((name) => (readers.scopes ?? []).includes(name))) return true;
  return names.length < 2 ? false : undefined;
}
