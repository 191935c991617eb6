import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { catalogQuery, readersQuery, tokensQuery } from "../../api/queries";
import type { Readers } from "../../api/types";
import { buildTree } from "../../schema/tree";
import { SubjectPicker } from "../../subject/SubjectPicker";
import { formatChoice, parseChoice, rights } from "../../subject/subject";
import { Badge } from "../../ui/Badge";
import { Empty } from "../../ui/Empty";
import { Loaded } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import type { SetAccess } from "./Access";
import { CoordinatePicker } from "./CoordinatePicker";
import { TokensOf } from "./TokensOf";
import { Why } from "./Why";

/** AtCoordinate is who can read a coordinate, and why somebody can or cannot. */
export function AtCoordinate({ layer, at, as, set }: { layer: string; at: string | undefined; as: string | undefined; set: SetAccess }) {
  const catalog = useQuery(catalogQuery(layer));
  const tree = useMemo(() => catalog.data && buildTree(catalog.data), [catalog.data]);
  return (
    <>
      <CoordinatePicker tree={tree} value={at ?? ""} onPick={(coordinate) => set({ at: coordinate })} />
      {at === undefined ? (
        <Empty title="Choose a field, a type, an argument or a value">
          <p>
            This says which scopes open it, which tokens read it now, and for each of them why or why not. Coordinates are written <code>Type.field</code>,{" "}
            <code>Type.field(argument:)</code>, <code>Input.field</code> and <code>Enum.VALUE</code>.
          </p>
        </Empty>
      ) : (
        <Answer layer={layer} at={at} as={as} set={set} />
      )}
    </>
  );
}

function Answer({ layer, at, as, set }: { layer: string; at: string; as: string | undefined; set: SetAccess }) {
  const readers = useQuery(readersQuery(layer, at));
  const tokens = useQuery(tokensQuery(layer));
  const choice = parseChoice(as ?? "scopes:");
  return (
    <Loaded query={readers} what="who can read it">
      {(data) => (
        <>
          <div className="grid-2">
            <section className="card stack-small" aria-labelledby="who">
              <h2 id="who">Who can read it</h2>
              <Opening readers={data} />
            </section>
            <section className="card" aria-labelledby="tokens">
              <h2 id="tokens">Tokens</h2>
              <Loaded query={tokens} what="tokens">
                {(rows) => <TokensOf layer={layer} readers={data} tokens={rows} onWhy={(id) => set({ as: `token:${id}` })} />}
              </Loaded>
            </section>
          </div>
          <section className="card stack" aria-labelledby="why">
            <h2 id="why">Why?</h2>
            <SubjectPicker layer={layer} choice={choice} onChange={(next) => set({ as: formatChoice(next) })} label="As" member="an unrestricted token" />
            {tokens.data && <Why layer={layer} at={at} subject={rights(choice, tokens.data)} />}
          </section>
        </>
      )}
    </Loaded>
  );
}

function Opening({ readers }: { readers: Readers }) {
  const scopes = readers.scopes ?? [];
  const together = readers.together ?? [];
  if (readers.everyone) {
    return (
      <Notice tone="success" title="Every token">
        <p>No scope restricts it, nor anything that it needs.</p>
      </Notice>
    );
  }
  return (
    <>
      {scopes.length > 0 && (
        <>
          <p>Unrestricted tokens, and tokens that hold one of these scopes:</p>
          <div className="row">
            {scopes.map((scope) => (
              <Badge key={scope} tone="accent">
                {scope}
              </Badge>
            ))}
          </div>
        </>
      )}
      {scopes.length === 0 && together.length > 0 && (
        <>
          <p>Unrestricted tokens, and tokens that hold all of these scopes; fewer are not enough:</p>
          <div className="row">
            {together.map((scope) => (
              <Badge key={scope} tone="accent">
                {scope}
              </Badge>
            ))}
          </div>
        </>
      )}
      {scopes.length === 0 && together.length === 0 && <p>Unrestricted tokens only: no set of scopes opens it.</p>}
      {readers.query && (
        <details>
          <summary>The shortest query that reads it</summary>
          <pre className="code code-wrap">{readers.query}</pre>
        </details>
      )}
    </>
  );
}

