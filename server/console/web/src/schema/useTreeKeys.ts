import { useRef, type KeyboardEvent } from "react";
import type { Tree } from "./tree";

type Options = {
  tree: Tree;
  rows: number[];
  at: number;
  move: (to: number) => void;
  opened: (id: number) => boolean;
  setOpen: (id: number, open: boolean) => void;
  onToggle: (id: number) => void;
};

const page = 15; // rows of Page Up and Page Down
const pause = 700; // between letters that belong to one word, in ms

/** useTreeKeys is the keyboard of WAI-ARIA's tree pattern: arrows, Home, End, Space, Enter, `*` and the beginning of a name. */
export function useTreeKeys(o: Options) {
  const typed = useRef({ text: "", at: 0 });
  return (event: KeyboardEvent) => {
    const id = o.rows[o.at];
    if (id === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!act(o, event.key, id) && !typeAhead(o, typed.current, event.key)) return;
    event.preventDefault();
  };
}

/** act does what a key stands for, and reports whether it stands for anything. */
function act(o: Options, key: string, id: number): boolean {
  const last = o.rows.length - 1;
  const to = (place: number) => o.move(Math.max(0, Math.min(last, place)));
  switch (key) {
    case "ArrowDown":
      to(o.at + 1);
      return true;
    case "ArrowUp":
      to(o.at - 1);
      return true;
    case "PageDown":
      to(o.at + page);
      return true;
    case "PageUp":
      to(o.at - page);
      return true;
    case "Home":
      to(0);
      return true;
    case "End":
      to(last);
      return true;
    case "ArrowRight":
      right(o, id, to);
      return true;
    case "ArrowLeft":
      left(o, id, to);
      return true;
    case " ":
    case "Enter":
      o.onToggle(id);
      return true;
    case "*":
      for (const sibling of siblings(o.tree, id)) if (o.tree.nodes[sibling]!.children.length > 0) o.setOpen(sibling, true);
      return true;
  }
  return false;
}

function right(o: Options, id: number, to: (place: number) => void) {
  if (o.tree.nodes[id]!.children.length === 0) return;
  if (o.opened(id)) to(o.at + 1);
  else o.setOpen(id, true);
}

function left(o: Options, id: number, to: (place: number) => void) {
  if (o.opened(id)) o.setOpen(id, false);
  else if (o.tree.nodes[id]!.parent >= 0) to(o.rows.lastIndexOf(o.tree.nodes[id]!.parent, o.at));
}

function siblings(tree: Tree, id: number): number[] {
  const { parent } = tree.nodes[id]!;
  return parent < 0 ? tree.roots : tree.nodes[parent]!.children;
}

/** typeAhead goes to the next row whose name begins with what is typed. */
function typeAhead(o: Options, typed: { text: string; at: number }, key: string): boolean {
  if (key.length !== 1) return false;
  const now = Date.now();
  typed.text = now - typed.at < pause ? typed.text + key.toLowerCase() : key.toLowerCase();
  typed.at = now;
  const begin = typed.text.length === 1 ? o.at + 1 : o.at;
  for (let step = 0; step < o.rows.length; step++) {
    const place = (begin + step) % o.rows.length;
    if (o.tree.nodes[o.rows[place]!]!.name.toLowerCase().startsWith(typed.text)) {
      o.move(place);
      break;
    }
  }
  return true;
}
