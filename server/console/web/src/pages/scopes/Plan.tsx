import type { DraftPlan, DraftToken, Preview } from "../../api/types";
import { Notice } from "../../ui/Notice";
import { count, listed } from "../../ui/text";

/** Plan says who gains and loses what. The lists have at most as many rows as the server sends; `more` says what was left off. */
export function Plan({ plan, more = {} }: { plan: DraftPlan | undefined; more: Preview["more"] }) {
  if (!plan) return <p className="muted">There is no active revision to compare with.</p>;
  const { opened, restricted, tokens } = plan;
  if (opened.length === 0 && restricted.length === 0 && tokens.length === 0) return <p className="muted">Nothing changes for any token.</p>;
  return (
    <div className="stack-small">
      <Effect tone="danger" list={opened} more={more.opened} does="readable by every token" />
      <Effect tone="info" list={restricted} more={more.restricted} does="restricted" />
      {tokens.length === 0 ? <p className="small muted">No active token reads more or less than before.</p> : <Tokens tokens={tokens} more={more.tokens ?? 0} />}
      {plan.unasked !== undefined && <p className="small muted">{count(plan.unasked, "token")} more were not compared: too many differ in their scopes.</p>}
    </div>
  );
}

function Effect({ tone, list, more = 0, does }: { tone: "danger" | "info"; list: string[]; more?: number; does: string }) {
  if (list.length === 0) return null;
  const number = list.length + more;
  return (
    <Notice tone={tone} title={`${count(number, "coordinate")} ${number === 1 ? "becomes" : "become"} ${does}`}>
      <Coordinates list={list} more={more} />
    </Notice>
  );
}

function Tokens({ tokens, more }: { tokens: DraftToken[]; more: number }) {
  return (
    <>
      <p className="breakable">{sentence(tokens)}</p>
      <ul className="plain">
        {tokens.map((token) => (
          <li key={token.id}>
            <TokenEffect token={token} />
          </li>
        ))}
      </ul>
      {more > 0 && <p className="small muted">and {count(more, "token")} more.</p>}
    </>
  );
}

const losses = (token: DraftToken) => token.losses.length + (token.more_losses ?? 0);
const gains = (token: DraftToken) => token.gains.length + (token.more_gains ?? 0);

/** sentence is "Tokens web and ci lose up to 3 coordinates." */
function sentence(tokens: DraftToken[]): string {
  const part = (size: (token: DraftToken) => number, one: string, many: string) => {
    const some = tokens.filter((token) => size(token) > 0);
    if (some.length === 0) return undefined;
    const sizes = some.map(size);
    const most = Math.max(...sizes);
    const names = some.length > 4 ? `${some.length} tokens` : `${some.length === 1 ? "token" : "tokens"} ${listed(some.map((token) => token.name))}`;
    return `${names} ${some.length === 1 ? one : many} ${Math.min(...sizes) < most ? "up to " : ""}${count(most, "coordinate")}`;
  };
  const text = [part(losses, "loses", "lose"), part(gains, "gains", "gain")].filter(Boolean).join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function TokenEffect({ token }: { token: DraftToken }) {
  const words = [losses(token) > 0 && `loses ${count(losses(token), "coordinate")}`, gains(token) > 0 && `gains ${count(gains(token), "coordinate")}`].filter(Boolean);
  return (
    <details>
      <summary>
        <strong className="breakable">{token.name}</strong> {words.join(", ")}
      </summary>
      {token.losses.length > 0 && <Coordinates list={token.losses} more={token.more_losses} title="loses" />}
      {token.gains.length > 0 && <Coordinates list={token.gains} more={token.more_gains} title="gains" />}
    </details>
  );
}

export function Coordinates({ list, more = 0, title }: { list: string[]; more?: number; title?: string }) {
  return (
    <div>
      {title && <span className="small muted">{title}</span>}
      <ul className="plain coordinates" tabIndex={list.length > 8 ? 0 : undefined} aria-label={title ?? "Coordinates"}>
        {list.map((coordinate) => (
          <li key={coordinate}>
            <code>{coordinate}</code>
          </li>
        ))}
      </ul>
      {more > 0 && <span className="small muted">and {more.toLocaleString("en")} more</span>}
    </div>
  );
}
