import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { catalogQuery } from "../../api/queries";
import { SchemaTree } from "../../schema/SchemaTree";
import { MATCH, NO } from "../../schema/filter";
import { isCovered, select, selectAll, toggle } from "../../schema/selection";
import { buildTree, type Tree } from "../../schema/tree";
import { useTreeView } from "../../schema/useTreeView";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Loaded } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import { count } from "../../ui/text";
import { useLatest } from "../../ui/useLatest";

type Props = { layer: string; entries: string[]; setEntries: (entries: string[]) => void; readOnly: boolean };

/** Fields is the schema to choose from. */
export function Fields({ layer, ...rest }: Props) {
  const catalog = useQuery(catalogQuery(layer));
  const tree = useMemo(() => catalog.data && buildTree(catalog.data), [catalog.data]);
  return (
    <section className="stack-small" aria-label="Schema">
      <Loaded query={catalog} what="the schema">
        {() => tree && (tree.nodes.length === 0 ? <NoSchema /> : <Chooser key={catalog.data?.revision.digest} tree={tree} {...rest} />)}
      </Loaded>
    </section>
  );
}

function NoSchema() {
  return (
    <Empty title="No schema yet">
      <p>Apply the files of the data layer with a schema, or start a sync that introspects it. Then its types and fields can be chosen here.</p>
    </Empty>
  );
}

function Chooser({ tree, entries, setEntries, readOnly }: Omit<Props, "layer"> & { tree: Tree }) {
  const [text, setText] = useFilterText();
  const [refused, setRefused] = useState("");
  const selection = useMemo(() => select(tree, entries), [tree, entries]);
  const view = useTreeView(tree, text, selection);
  const shown = (id: number) => view.found === undefined || view.found[id] !== NO;
  // The same function for every stroke: rows that stay need no work then.
  const onToggle = useLatest((id: number) => {
    const change = toggle(tree, selection, id, shown);
    setRefused("refused" in change ? change.refused : "");
    if ("entries" in change) setEntries(change.entries);
  });
  const missing = view.found ? matching(view.found).filter((id) => !isCovered(selection.states[id]!)) : [];
  return (
    <>
      <FilterField text={text} setText={setText} />
      <div className="spread small muted">
        <span role="status">{view.found ? count(view.matches, "match", "matches") : count(tree.fields, "field")}</span>
        {!readOnly && missing.length > 0 && missing.length <= mostAtOnce && (
          <Button small onClick={() => setEntries(selectAll(tree, selection, missing))}>
            Select {missing.length === 1 ? "the match" : `all ${missing.length.toLocaleString("en")} matches`}
          </Button>
        )}
      </div>
      {refused && (
        <Notice tone="warning" live>
          <p>{refused}</p>
        </Notice>
      )}
      {view.rows.length === 0 ? (
        <Empty title="Nothing matches">
          <p>
            Words are looked for in names and descriptions; all of them must be there. <code>is:restricted</code>, <code>is:sensitive</code> and <code>is:selected</code> narrow it
            down.
          </p>
        </Empty>
      ) : (
        <SchemaTree tree={tree} rows={view.rows} found={view.found} open={view.open} setOpen={view.setOpen} selection={selection} readOnly={readOnly} onToggle={onToggle} label="Types and fields by data source" />
      )}
    </>
  );
}

const mostAtOnce = 2000; // entries that are added by one click; more is a pattern's work

const matching = (found: Uint8Array) => {
  const out: number[] = [];
  found.forEach((mark, id) => mark === MATCH && out.push(id));
  return out;
};

const marks = ["is:restricted", "is:sensitive", "is:selected"];

function FilterField({ text, setText }: { text: string; setText: (text: string) => void }) {
  const words = text.split(/\s+/).filter(Boolean);
  const flip = (mark: string) => setText((words.includes(mark) ? words.filter((word) => word !== mark) : [...words, mark]).join(" "));
  return (
    <div className="stack-small">
      <label className="field">
        <span className="field-label">Filter</span>
        <input className="input" type="search" value={text} onChange={(event) => setText(event.target.value)} placeholder="types, fields, descriptions" spellCheck={false} />
      </label>
      <div className="row" role="group" aria-label="Narrow down">
        {marks.map((mark) => (
          <button key={mark} type="button" className="chip" aria-pressed={words.includes(mark)} onClick={() => flip(mark)}>
            {mark}
          </button>
        ))}
      </div>
    </div>
  );
}

/** useFilterText keeps the filter in the address, but writes it there only when the typing pauses. */
function useFilterText(): [string, (text: string) => void] {
  const search: { filter?: string } = useSearch({ strict: false });
  const navigate = useNavigate();
  const [text, setText] = useState(search.filter ?? "");
  const [timer, setTimer] = useState<ReturnType<typeof setTimeout>>();
  const set = (next: string) => {
    setText(next);
    clearTimeout(timer);
    setTimer(setTimeout(() => void navigate({ to: ".", search: { filter: next || undefined }, replace: true }), 400));
  };
  return [text, set];
}
