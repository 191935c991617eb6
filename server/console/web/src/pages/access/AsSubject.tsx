import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { matrixQuery, tokensQuery, viewQuery, type View } from "../../api/queries";
import type { Matrix } from "../../api/types";
import { SubjectPicker } from "../../subject/SubjectPicker";
import { formatChoice, parseChoice, rights, type Choice } from "../../subject/subject";
import { Copy } from "../../ui/Copy";
import { Loaded, Loading } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import type { SetAccess } from "./Access";

const Sdl = lazy(() => import("../../code/Sdl").then((module) => ({ default: module.Sdl })));

/** AsSubject is what a token, or a holder of some scopes, can read: how much of each type, and the schema as they see it. */
export function AsSubject({ layer, as, set }: { layer: string; as: string | undefined; set: SetAccess }) {
  const tokens = useQuery(tokensQuery(layer));
  const choice = parseChoice(as ?? "scopes:");
  const held = rights(choice, tokens.data ?? []);
  const row = choice.kind === "token" ? tokens.data?.find((token) => token.id === choice.id) : undefined;
  return (
    <>
      <SubjectPicker layer={layer} choice={choice} onChange={(next) => set({ as: formatChoice(next) })} label="As" member="an unrestricted token" />
      {choice.kind === "token" && tokens.data && row?.state !== "active" ? (
        <Notice tone="warning" title="This token is not active">
          <p>It reads nothing: it is refused. Choose one that is active.</p>
        </Notice>
      ) : (
        <div className="subject-view">
          <Amounts layer={layer} held={held} />
          <Seen layer={layer} view={viewOf(choice)} />
        </div>
      )}
    </>
  );
}

function viewOf(choice: Choice): View {
  switch (choice.kind) {
    case "member":
      return { unrestricted: true };
    case "token":
      return { token: choice.id };
    case "scopes":
      return { scopes: choice.names };
  }
}

function Seen({ layer, view }: { layer: string; view: View }) {
  const sdl = useQuery(viewQuery(layer, view));
  return (
    <section className="stack-small" aria-labelledby="seen">
      <div className="spread">
        <h2 id="seen">The schema as they see it</h2>
        {sdl.data && <Copy text={sdl.data} what="the schema" />}
      </div>
      <Loaded query={sdl} what="the schema">
        {(text) => (
          <Suspense fallback={<Loading what="the editor" />}>
            <Sdl text={text} label="Schema as seen" />
          </Suspense>
        )}
      </Loaded>
    </section>
  );
}

function Amounts({ layer, held }: { layer: string; held: { scopes: string[]; unrestricted: boolean } }) {
  const matrix = useQuery(matrixQuery(layer));
  return (
    <section className="stack-small" aria-labelledby="amounts">
      <h2 id="amounts">What they read less of</h2>
      <Loaded query={matrix} what="types">
        {(data) => <Less matrix={data} held={held} />}
      </Loaded>
    </section>
  );
}

/** Less lists the types of which something is not read. The matrix has a row for rights that a token has; others have their view. */
function Less({ matrix, held }: { matrix: Matrix; held: { scopes: string[]; unrestricted: boolean } }) {
  const rows = useMemo(() => lessOf(matrix, held), [matrix, held]);
  if (held.unrestricted) return <p className="muted">Nothing: they read everything.</p>;
  if (!rows) return <p className="muted">No active token holds exactly these scopes, so nothing is counted; their schema is beside this.</p>;
  if (rows.length === 0) return <p className="muted">Nothing: they read every field of every type.</p>;
  return (
    <ul className="plain less" tabIndex={0} aria-label="Types that are not read whole">
      {rows.map(({ name, readable, fields }) => (
        <li key={name}>
          <code className="breakable">{name}</code>
          <span className="muted small">{readable === 0 ? "nothing" : `${readable} of ${fields} fields`}</span>
        </li>
      ))}
    </ul>
  );
}

function lessOf(matrix: Matrix, held: { scopes: string[]; unrestricted: boolean }) {
  const key = held.scopes.toSorted().join("\n");
  const subject = matrix.subjects.find((one) => !one.unrestricted && one.scopes.join("\n") === key);
  if (!subject) return undefined;
  return matrix.types.map((type, at) => ({ name: type.name, fields: type.fields, readable: subject.readable[at] ?? 0 })).filter((row) => row.readable < row.fields);
}
