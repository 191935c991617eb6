import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { layersQuery, membersQuery, type AuditFilter } from "../../api/queries";
import { Button } from "../../ui/Button";
import { Choice, Field } from "../../ui/Field";

const actions: Record<string, string[]> = {
  token: ["generated", "revoked"],
  scope: ["created", "updated", "deleted"],
  sync: ["started", "succeeded", "failed"],
  revision: ["pinned", "unpinned"],
  member: ["added", "updated", "removed", "key_generated", "key_revoked"],
  data_layer: ["created", "updated", "deleted"],
  team: ["created"],
};

const actionOptions = [
  { value: "", label: "any" },
  ...Object.entries(actions).flatMap(([kind, ends]) => [{ value: `${kind}.`, label: `${kind}: any` }, ...ends.map((end) => ({ value: `${kind}.${end}`, label: `${kind}.${end}` }))]),
];

type Set = (change: AuditFilter) => void;

export function Filters({ filter, set }: { filter: AuditFilter; set: Set }) {
  const layers = useQuery(layersQuery);
  const members = useQuery(membersQuery);
  const any = { value: "", label: "any" };
  return (
    <div className="audit-filters">
      <Choice label="Action" value={filter.action ?? ""} onChange={(value) => set({ action: value || undefined })} options={actionOptions} />
      <Choice
        label="Actor"
        value={filter.actor ?? ""}
        onChange={(value) => set({ actor: value || undefined })}
        options={known(filter.actor, [any, ...(members.data ?? []).map((member) => ({ value: member.id, label: member.name }))])}
      />
      <Choice
        label="Data layer"
        value={filter.data_layer ?? ""}
        onChange={(value) => set({ data_layer: value || undefined })}
        options={known(filter.data_layer, [any, ...(layers.data ?? []).map((layer) => ({ value: layer.name, label: layer.name }))])}
      />
      <Target value={filter.target ?? ""} set={(target) => set({ target: target || undefined })} />
      <Field label="From" type="date" value={day(filter.from)} onChange={(event) => set({ from: begin(event.target.value) })} />
      <Field label="Until, not included" type="date" value={day(filter.until)} onChange={(event) => set({ until: begin(event.target.value) })} />
      <Button onClick={() => set({ action: undefined, actor: undefined, data_layer: undefined, target: undefined, from: undefined, until: undefined })}>Clear</Button>
    </div>
  );
}

/** known adds what the address asks for when it is no member or layer that is there: it may have been one. */
function known(value: string | undefined, options: { value: string; label: string }[]) {
  return value === undefined || options.some((option) => option.value === value) ? options : [...options, { value, label: value }];
}

/** Target is the id or the whole name of what a change is about; it is asked for when the typing pauses. */
function Target({ value, set }: { value: string; set: (value: string) => void }) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    // The filters were cleared, or an address was gone to.
    setKnown(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => set(text), 400);
    return () => clearTimeout(timer);
  }, [text, value, set]);
  return <Field label="Target" type="search" value={text} onChange={(event) => setText(event.target.value)} placeholder="id or whole name" spellCheck={false} />;
}

/** begin is when a day begins here, and day is the day of such a moment. */
const begin = (date: string) => (date ? new Date(`${date}T00:00:00`).toISOString() : undefined);

function day(moment: string | undefined): string {
  if (!moment) return "";
  const at = new Date(moment);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
