import { Popover } from "@base-ui/react/popover";
import { useQuery } from "@tanstack/react-query";
import { scopesQuery, tokensQuery } from "../api/queries";
import { buttonClass } from "../ui/Button";
import { ScopeChoice } from "./ScopeChoice";
import type { Choice } from "./subject";

type Props = { layer: string; choice: Choice; onChange: (choice: Choice) => void; label: string; member: string };

/** SubjectPicker asks as whom. `member` says what the choice without a token or scopes means here. */
export function SubjectPicker({ layer, choice, onChange, label, member }: Props) {
  const tokens = useQuery(tokensQuery(layer));
  const active = (tokens.data ?? []).filter((token) => token.state === "active");
  const value = choice.kind === "token" ? choice.id : choice.kind;
  const pick = (next: string) => {
    if (next === "member") onChange({ kind: "member" });
    else if (next === "scopes") onChange({ kind: "scopes", names: [] });
    else onChange({ kind: "token", id: next });
  };
  return (
    <div className="row subject-picker">
      <label className="field">
        <span className="field-label">{label}</span>
        <select className="input" value={value} onChange={(event) => pick(event.target.value)}>
          <option value="member">{member}</option>
          <option value="scopes">a holder of some scopes</option>
          {choice.kind === "token" && !active.some((token) => token.id === choice.id) && <option value={choice.id}>a token that is not active</option>}
          {active.length > 0 && (
            <optgroup label="A token">
              {active.map((token) => (
                <option key={token.id} value={token.id}>
                  {token.name}
                </option>
              ))}
            </optgroup>
          )}
        </select>
      </label>
      {choice.kind === "scopes" && <ScopesPopover layer={layer} names={choice.names} onChange={(names) => onChange({ kind: "scopes", names })} />}
    </div>
  );
}

function ScopesPopover({ layer, names, onChange }: { layer: string; names: string[]; onChange: (names: string[]) => void }) {
  const scopes = useQuery(scopesQuery(layer));
  return (
    <Popover.Root>
      <Popover.Trigger className={`${buttonClass()} subject-scopes`}>{names.length === 0 ? "no scope" : names.join(", ")} ▾</Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="start">
          <Popover.Popup className="popup subject-popup">
            <Popover.Title className="visually-hidden">Scopes that are held</Popover.Title>
            <ScopeChoice scopes={scopes.data ?? []} chosen={names} onChange={onChange} legend="Holding" />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
