import { compile, isGlob, type Pattern } from "./pattern";
import type { Node, Tree } from "./tree";

// How a scope's entries cover a node.
export const NONE = 0;
export const SOME = 1; // something below it is covered
export const IMPLIED = 2; // what it belongs to is covered: it cannot be read without that (R3)
export const GLOB = 3; // an entry with a `*` matches it
export const ENTRY = 4; // an entry names it

/** Selection is what a scope's entries cover of a schema. */
export type Selection = { entries: string[]; states: Uint8Array; globs: Map<number, string>; unmatched: string[] };

export const isCovered = (state: number) => state >= IMPLIED;

/** select works out what entries cover. */
export function select(tree: Tree, entries: string[]): Selection {
  const selection: Selection = { entries, states: new Uint8Array(tree.nodes.length), globs: new Map(), unmatched: [] };
  const { states } = selection;
  for (const entry of entries) {
    if (!cover(tree, selection, entry)) selection.unmatched.push(entry);
  }
  for (const node of tree.nodes) {
    if (states[node.id] === NONE && node.parent >= 0 && isCovered(states[node.parent]!)) states[node.id] = IMPLIED;
  }
  for (let id = tree.nodes.length - 1; id >= 0; id--) {
    const { parent } = tree.nodes[id]!;
    if (states[id] !== NONE && parent >= 0 && states[parent] === NONE) states[parent] = SOME;
  }
  return selection;
}

/** cover marks what one entry matches, and reports whether that is anything. */
function cover(tree: Tree, selection: Selection, entry: string): boolean {
  if (!isGlob(entry)) {
    const id = tree.byCoordinate.get(entry);
    if (id !== undefined) selection.states[id] = ENTRY;
    return id !== undefined;
  }
  const pattern = compile(entry);
  let found = false;
  for (const node of tree.nodes) {
    if (!matches(pattern, node)) continue;
    found = true;
    if (selection.states[node.id] === ENTRY) continue;
    selection.states[node.id] = GLOB;
    if (!selection.globs.has(node.id)) selection.globs.set(node.id, entry);
  }
  return found;
}

const output = new Set(["OBJECT", "INTERFACE", "UNION"]); // what a data source stands for as a whole
const byMember = new Set(["INPUT_OBJECT", "ENUM"]);

/** matches: a glob for types matches what is read; inputs and enums are matched member by member (R1). */
function matches(pattern: Pattern | undefined, node: Node): boolean {
  if (!pattern || node.kind === "source" || node.level - 1 !== pattern.depth) return false;
  if (pattern.depth === 1 && byMember.has(node.typeKind ?? "")) return false;
  return pattern.test(node.coordinate);
}

/** Change is a selection's new entries, or why there are none. */
export type Change = { entries: string[] } | { refused: string };

/** toggle selects a node, or takes it out of the selection. `shown` tells which types of a data source are meant. */
export function toggle(tree: Tree, selection: Selection, id: number, shown: (id: number) => boolean): Change {
  const node = tree.nodes[id]!;
  if (node.kind === "source") return toggleSource(tree, selection, node, shown);
  switch (selection.states[id]) {
    case ENTRY:
      return { entries: selection.entries.filter((entry) => entry !== node.coordinate) };
    case GLOB:
      return { refused: `${node.coordinate} is covered by the pattern ${selection.globs.get(id) ?? ""}: change the pattern to leave it out.` };
    case IMPLIED:
      return takeOut(tree, selection, node);
    default:
      return { entries: addEntries(tree, selection, [node]) };
  }
}

/** selectAll adds an entry for each node that is not covered yet. */
export function selectAll(tree: Tree, selection: Selection, ids: number[]): string[] {
  const nodes = ids.map((id) => tree.nodes[id]!).filter((node) => node.coordinate !== "" && !isCovered(selection.states[node.id]!));
  return addEntries(tree, selection, nodes);
}

/** addEntries adds entries for nodes, and drops those that an added one makes needless. */
function addEntries(tree: Tree, selection: Selection, nodes: Node[]): string[] {
  const chosen = new Set(nodes.map((node) => node.id));
  const needless = (id: number) => {
    for (let up = tree.nodes[id]!.parent; up >= 0; up = tree.nodes[up]!.parent) if (chosen.has(up)) return true;
    return false;
  };
  const kept = selection.entries.filter((entry) => {
    const id = tree.byCoordinate.get(entry);
    return id === undefined || !needless(id);
  });
  return [...kept, ...nodes.filter((node) => !needless(node.id)).map((node) => node.coordinate)];
}

function toggleSource(tree: Tree, selection: Selection, node: Node, shown: (id: number) => boolean): Change {
  const types = node.children.map((id) => tree.nodes[id]!).filter((type) => output.has(type.typeKind ?? "") && shown(type.id));
  const all = types.length > 0 && types.every((type) => isCovered(selection.states[type.id]!));
  if (!all) return { entries: selectAll(tree, selection, types.map((type) => type.id)) };
  const names = new Set(types.map((type) => type.coordinate));
  return { entries: selection.entries.filter((entry) => !names.has(entry)) };
}

/**
 * takeOut takes a node out of what a type or field above it brings: the entry for that is replaced by entries for everything
 * below it but the node.
 */
function takeOut(tree: Tree, selection: Selection, node: Node): Change {
  const way: Node[] = [node];
  let up = tree.nodes[node.parent]!;
  while (selection.states[up.id] === IMPLIED) {
    way.push(up);
    up = tree.nodes[up.parent]!;
  }
  if (selection.states[up.id] === GLOB) {
    return { refused: `${up.coordinate} is covered by the pattern ${selection.globs.get(up.id) ?? ""}: change the pattern to leave ${node.coordinate} out.` };
  }
  const onWay = new Set(way.map((one) => one.id));
  const added: string[] = [];
  for (const parent of [up, ...way.slice(1)]) {
    for (const child of parent.children) {
      if (!onWay.has(child) && selection.states[child] === IMPLIED) added.push(tree.nodes[child]!.coordinate);
    }
  }
  return { entries: [...selection.entries.filter((entry) => entry !== up.coordinate), ...added] };
}
