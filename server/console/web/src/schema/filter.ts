import type { Node, Tree } from "./tree";

/** Filter is what is looked for: words, all of which must be there, and marks. */
export type Filter = { words: string[]; restricted: boolean; sensitive: boolean; selected: boolean };

const marks = ["restricted", "sensitive", "selected"] as const;

/** parseFilter reads words and `is:restricted`, `is:sensitive`, `is:selected`. */
export function parseFilter(text: string): Filter {
  const filter: Filter = { words: [], restricted: false, sensitive: false, selected: false };
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const mark = marks.find((name) => word === `is:${name}`);
    if (mark) filter[mark] = true;
    else filter.words.push(word);
  }
  return filter;
}

export const isEmpty = (f: Filter) => f.words.length === 0 && !f.restricted && !f.sensitive && !f.selected;

// What is known of a node for a filter.
export const NO = 0;
export const BELOW = 1; // something below it matches
export const MATCH = 2;

/**
 * applyFilter tells for every node whether it matches, or something below it. `selected` tells whether a node is selected. All
 * words must be in what a node is called, where it stands and what is said about it, and one of them in what is its own:
 * otherwise every field of a type would match with its name.
 */
export function applyFilter(tree: Tree, filter: Filter, selected: (id: number) => boolean): { marks: Uint8Array; matches: number } {
  const out = new Uint8Array(tree.nodes.length);
  let matches = 0;
  for (let id = tree.nodes.length - 1; id >= 0; id--) {
    const node = tree.nodes[id]!;
    if (node.kind !== "source" && matchesNode(node, filter, selected)) {
      out[id] = MATCH;
      matches++;
    }
    if (out[id] !== NO && node.parent >= 0 && out[node.parent] === NO) out[node.parent] = BELOW;
  }
  return { marks: out, matches };
}

function matchesNode(node: Node, filter: Filter, selected: (id: number) => boolean): boolean {
  if (filter.restricted && node.covers.length === 0) return false;
  if (filter.sensitive && node.sensitive === "") return false;
  if (filter.words.length > 0 && !(filter.words.every((word) => node.path.includes(word)) && filter.words.some((word) => node.own.includes(word) || endsIn(node, word)))) return false;
  return !filter.selected || selected(node.id);
}

/** endsIn: a whole coordinate, as in Product.cost, is in no node's own text, and still means the node that it names. */
const endsIn = (node: Node, word: string) => node.coordinate.toLowerCase().endsWith(word);

/**
 * visible lists the nodes that are shown, in order. With a filter the way to each match is open, and what is below a match is as
 * it was left; without one only what was opened is.
 */
export function visible(tree: Tree, open: ReadonlySet<number>, found: Uint8Array | undefined): number[] {
  const out: number[] = [];
  let id = 0;
  while (id < tree.nodes.length) {
    const node = tree.nodes[id]!;
    if (found && found[id] === NO && !belowMatch(tree, node, found)) {
      id = node.end;
      continue;
    }
    out.push(id);
    id = isOpen(tree, id, open, found) ? id + 1 : node.end;
  }
  return out;
}

/** isOpen reports whether the nodes below one are shown. */
export function isOpen(tree: Tree, id: number, open: ReadonlySet<number>, found: Uint8Array | undefined): boolean {
  const node = tree.nodes[id]!;
  if (node.children.length === 0) return false;
  if (found && node.children.some((child) => found[child] !== NO)) return !open.has(-id - 1); // closed by hand
  return open.has(id);
}

function belowMatch(tree: Tree, node: Node, found: Uint8Array): boolean {
  for (let id = node.parent; id >= 0; id = tree.nodes[id]!.parent) {
    if (found[id] === MATCH && !tree.nodes[id]!.children.some((child) => found[child] !== NO)) return true;
  }
  return false;
}
