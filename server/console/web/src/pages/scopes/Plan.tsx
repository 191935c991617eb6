import type { Preview } from "../../api/types";
import { Notice } from "../../ui/Notice";
import { count } from "../../ui/text";

type PlanData = NonNullable<Preview["plan"]>;

/** Plan says who gains and loses what. */
export function Plan({ plan, unchanged }: { plan: Preview["plan"]; unchanged: string }) {
  const { opened = [], restricted = [], tokens = [] } = clean(plan);
  if (opened.length === 0 && restricted.length === 0 && tokens.length === 0) return <p className="muted">{unchanged}</p>;
  return (
    <div className="stack-small">
      {opened.length > 0 && (
        <Notice tone="danger" title={`${count(opened.length, "coordinate")} ${opened.length === 1 ? "becomes" : "become"} readable by every token`}>
          <Coordinates list={opened} />
        </Notice>
      )}
      {restricted.length > 0 && (
        <Notice title={`${count(restricted.length, "coordinate")} ${restricted.length === 1 ? "becomes" : "become"} restricted`}>
          <Coordinates list={restricted} />
        </Notice>
      )}
      {tokens.length > 0 && (
        <ul className="plain plan-tokens">
          {tokens.map((token) => (
            <li key={token.id}>
              <TokenEffect token={token} />
            </li>
          ))}
        </ul>
      )}
      {tokens.length === 0 && <p className="small muted">No active token reads more or less than before.</p>}
    </div>
  );
}

function TokenEffect({ token }: { token: NonNullable<PlanData["tokens"]>[number] }) {
  const gains = token.gains ?? [];
  const losses = token.losses ?? [];
  const words = [losses.length > 0 && `loses ${count(losses.length, "coordinate")}`, gains.length > 0 && `gains ${count(gains.length, "coordinate")}`].filter(Boolean);
  return (
    <details>
      <summary>
        <strong className="breakable">{token.name}</strong> {words.join(", ")}
      </summary>
      {losses.length > 0 && <Coordinates list={losses} title="loses" />}
      {gains.length > 0 && <Coordinates list={gains} title="gains" />}
    </details>
  );
}

export function Coordinates({ list, title }: { list: string[]; title?: string }) {
  return (
    <div>
      {title && <span className="small muted">{title}</span>}
      <ul className="plain coordinates" tabIndex={list.length > 10 ? 0 : undefined} aria-label={title ?? "Coordinates"}>
        {list.map((coordinate) => (
          <li key={coordinate}>
            <code>{coordinate}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}

const clean = (plan: Preview["plan"]): PlanData => plan ?? {};
