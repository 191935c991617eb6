import "./subject.css";
import { useMemo, useState } from "react";
import type { Scope } from "../api/types";
import { count } from "../ui/text";

type Props = { scopes: Scope[]; chosen: string[]; onChange: (names: string[]) => void; legend?: string };

const few = 8; // scopes that are seen at a glance; more have a filter

/** ScopeChoice is one check box a scope. */
export function ScopeChoice({ scopes, chosen, onChange, legend = "Scopes" }: Props) {
  const [filter, setFilter] = useState("");
  const shown = useMemo(() => {
    const word = filter.toLowerCase();
    return scopes.filter((scope) => `${scope.name} ${scope.description ?? ""}`.toLowerCase().includes(word));
  }, [scopes, filter]);
  if (scopes.length === 0) return <p className="muted">This data layer has no scopes: nothing in it is restricted yet.</p>;
  return (
    <fieldset className="choices">
      <legend className="field-label">
        {legend} <span className="muted small">{count(chosen.length, "chosen", "chosen")}</span>
      </legend>
      {scopes.length > few && <input className="input" type="search" value={filter} onChange={(event) => setFilter(event.target.value)} placeholder="Filter scopes" aria-label="Filter scopes" />}
      <div className="choices-list">
        {shown.map((scope) => (
          <label key={scope.id} className="check">
            <input
              type="checkbox"
              checked={chosen.includes(scope.name)}
              onChange={(event) => onChange(event.target.checked ? [...chosen, scope.name] : chosen.filter((name) => name !== scope.name))}
            />
            <span className="breakable">
              <strong>{scope.name}</strong>
              {scope.description && <span className="muted small"> {scope.description}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
