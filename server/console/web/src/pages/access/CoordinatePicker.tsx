import { Autocomplete } from "@base-ui/react/autocomplete";
import { useMemo, useState } from "react";
import type { Tree } from "../../schema/tree";
import { Button } from "../../ui/Button";

const most = 40; // suggestions

/** CoordinatePicker asks for a coordinate, with suggestions from the schema: those that begin with what is typed come first. */
export function CoordinatePicker({ tree, value, onPick }: { tree: Tree | undefined; value: string; onPick: (coordinate: string) => void }) {
  const [text, setText] = useState(value);
  const items = useMemo(() => suggestions(tree, text), [tree, text]);
  return (
    <form
      className="coordinate-picker"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") onPick(text.trim());
      }}
    >
      <Autocomplete.Root
        items={items}
        filter={null}
        value={text}
        onValueChange={(next, details) => {
          setText(next);
          if (details.reason === "item-press") onPick(next);
        }}
      >
        <label className="field">
          <span className="field-label">Coordinate</span>
          <Autocomplete.Input className="input mono" placeholder="Product.cost" spellCheck={false} />
        </label>
        <Autocomplete.Portal>
          <Autocomplete.Positioner sideOffset={4} align="start">
            <Autocomplete.Popup className="popup coordinate-popup">
              <Autocomplete.Empty>
                <div className="popup-empty muted small">Nothing in the schema is called so.</div>
              </Autocomplete.Empty>
              <Autocomplete.List>
                {(item: string) => (
                  <Autocomplete.Item key={item} value={item} className="popup-item mono">
                    {item}
                  </Autocomplete.Item>
                )}
              </Autocomplete.List>
            </Autocomplete.Popup>
          </Autocomplete.Positioner>
        </Autocomplete.Portal>
      </Autocomplete.Root>
      <Button type="submit" look="primary">
        Show
      </Button>
    </form>
  );
}

function suggestions(tree: Tree | undefined, text: string): string[] {
  const word = text.trim().toLowerCase();
  if (!tree) return [];
  const first: string[] = [];
  const rest: string[] = [];
  for (const { coordinate } of tree.nodes) {
    if (coordinate === "") continue;
    const at = coordinate.toLowerCase().indexOf(word);
    if (at === 0) first.push(coordinate);
    else if (at > 0 && rest.length < most) rest.push(coordinate);
    if (first.length === most) break;
  }
  return [...first, ...rest].slice(0, most);
}
