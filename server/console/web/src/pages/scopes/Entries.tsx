import { useState } from "react";
import { isEntry, isGlob } from "../../schema/pattern";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { count } from "../../ui/text";

type Props = { entries: string[]; setEntries: (entries: string[]) => void; readOnly: boolean };

const shownAtOnce = 300;

/** Entries is the scope as it is written down: one coordinate or pattern each. */
export function Entries({ entries, setEntries, readOnly }: Props) {
  const [asText, setAsText] = useState(false);
  return (
    <section className="card" aria-labelledby="entries">
      <div className="spread card-title">
        <h2 id="entries">{count(entries.length, "entry", "entries")}</h2>
        {!readOnly && (
          <Button small onClick={() => setAsText(!asText)}>
            {asText ? "As a list" : "Edit as text"}
          </Button>
        )}
      </div>
      {asText ? <AsText entries={entries} setEntries={setEntries} /> : <AsList entries={entries} setEntries={setEntries} readOnly={readOnly} />}
    </section>
  );
}

function AsList({ entries, setEntries, readOnly }: Props) {
  return (
    <div className="stack-small">
      {entries.length === 0 && <p className="muted">Tick what the scope is to restrict, or add a coordinate or a pattern below.</p>}
      <ul className="plain entry-list" tabIndex={entries.length > 8 ? 0 : undefined} aria-label="Entries">
        {entries.slice(0, shownAtOnce).map((entry) => (
          <li key={entry}>
            <code>{entry}</code>
            {isGlob(entry) && <Badge>pattern</Badge>}
            {!readOnly && (
              <button type="button" className="remove" aria-label={`Remove ${entry}`} onClick={() => setEntries(entries.filter((one) => one !== entry))}>
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      {entries.length > shownAtOnce && <p className="muted small">and {(entries.length - shownAtOnce).toLocaleString("en")} more: edit them as text.</p>}
      {!readOnly && <Add entries={entries} setEntries={setEntries} />}
    </div>
  );
}

function Add({ entries, setEntries }: Omit<Props, "readOnly">) {
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const add = () => {
    const entry = text.trim();
    if (!isEntry(entry)) {
      setError("Write Type, Type.field, Type.field(argument:), Input.field or Enum.VALUE; * stands for any letters of a name");
      return;
    }
    if (!entries.includes(entry)) setEntries([...entries, entry]);
    setText("");
    setError("");
  };
  return (
    <form
      className="add-entry"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <Field label="Add a coordinate or a pattern" value={text} onChange={(event) => setText(event.target.value)} error={error} placeholder="*.cost" autoComplete="off" spellCheck={false} />
      <Button type="submit" small>
        Add
      </Button>
    </form>
  );
}

/** AsText keeps what is typed as it is, also while a line is not an entry yet. */
function AsText({ entries, setEntries }: Omit<Props, "readOnly">) {
  const [text, setText] = useState(entries.join("\n"));
  return (
    <label className="field">
      <span className="small muted">One coordinate or pattern a line</span>
      <textarea
        className="input mono"
        rows={12}
        value={text}
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          const lines = event.target.value.split("\n").map((line) => line.trim());
          setEntries([...new Set(lines.filter(Boolean))]);
        }}
      />
    </label>
  );
}
