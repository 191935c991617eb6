import type { Catalog, CatalogField, CatalogType, CatalogValue, TypeKind } from "../api/types";

/** NodeKind is what a row of the tree stands for. */
export type NodeKind = "source" | "type" | "member" | "argument";

/**
 * Node is one row of the tree, whether shown or not. Nodes are numbered in the order of the tree, so that the nodes below one
 * are those up to its `end`.
 */
export type Node = {
  id: number;
  kind: NodeKind;
  level: number;
  parent: number;
  end: number;
  children: number[];
  name: string;
  coordinate: string; // "" for a data source
  type: string; // of a field; the kind of a type
  typeKind?: TypeKind;
  description: string;
  covers: string[]; // scopes that cover it in the active revision
  sensitive: string; // why, or ""
  own: string; // what a filter looks for, in lower case
  path: string; // the same, with the names of the type and field it belongs to
};

export type Tree = { nodes: Node[]; roots: number[]; byCoordinate: Map<string, number>; fields: number };

/** buildTree orders a schema by data source, type, field (or value) and argument. */
export function buildTree(catalog: Catalog): Tree {
  const tree: Tree = { nodes: [], roots: [], byCoordinate: new Map(), fields: 0 };
  for (const [index, source] of sourcesOf(catalog)) {
    const types = catalog.types.filter((type) => type.source === index).sort(byKindAndName);
    if (types.length === 0) continue;
    addSource(tree, source, types, catalog.scopes);
  }
  return tree;
}

function* sourcesOf(catalog: Catalog): Generator<[number, { name: string; type: string }]> {
  yield* catalog.data_sources.entries();
  yield [-1, { name: catalog.data_sources.length > 0 ? "everything else" : "schema", type: "generic" }];
}

// What is read comes before what is sent.
const kindOrder: Record<TypeKind, number> = { OBJECT: 0, INTERFACE: 0, UNION: 0, INPUT_OBJECT: 1, ENUM: 2, SCALAR: 3 };

function byKindAndName(a: CatalogType, b: CatalogType): number {
  return kindOrder[a.kind] - kindOrder[b.kind] || (a.name < b.name ? -1 : 1);
}

const kindNames: Record<TypeKind, string> = { OBJECT: "type", INTERFACE: "interface", UNION: "union", INPUT_OBJECT: "input", ENUM: "enum", SCALAR: "scalar" };

function addSource(tree: Tree, source: { name: string; type: string }, types: CatalogType[], scopes: string[]) {
  const node = add(tree, undefined, { kind: "source", name: source.name, coordinate: "", type: source.type });
  for (const type of types) addType(tree, node, type, scopes);
  close(tree, node);
}

function addType(tree: Tree, parent: Node, type: CatalogType, scopes: string[]) {
  const node = add(tree, parent, {
    kind: "type",
    name: type.name,
    coordinate: type.name,
    type: kindNames[type.kind],
    typeKind: type.kind,
    description: type.description,
    covers: named(type.covers, scopes),
  });
  for (const member of type.fields ?? type.values ?? []) addMember(tree, node, member, scopes);
  close(tree, node);
}

function addMember(tree: Tree, parent: Node, member: CatalogField | CatalogValue, scopes: string[]) {
  const coordinate = `${parent.name}.${member.name}`;
  const node = add(tree, parent, {
    kind: "member",
    name: member.name,
    coordinate,
    type: "type" in member ? member.type : "value",
    description: member.description,
    covers: named(member.covers, scopes),
    sensitive: "sensitive" in member ? member.sensitive : undefined,
  });
  tree.fields++;
  for (const argument of "arguments" in member ? (member.arguments ?? []) : []) {
    const child = add(tree, node, {
      kind: "argument",
      name: argument.name,
      coordinate: `${coordinate}(${argument.name}:)`,
      type: argument.type,
      covers: named(argument.covers, scopes),
      description: argument.description,
    });
    close(tree, child);
  }
  close(tree, node);
}

type Made = Pick<Node, "kind" | "name" | "coordinate" | "type"> & Partial<Pick<Node, "typeKind" | "description" | "covers" | "sensitive">>;

function add(tree: Tree, parent: Node | undefined, made: Made): Node {
  const id = tree.nodes.length;
  const description = made.description ?? "";
  const own = `${made.name} ${description} ${made.kind === "source" ? "" : made.type}`.toLowerCase();
  const node: Node = {
    covers: [],
    ...made,
    id,
    level: (parent?.level ?? 0) + 1,
    parent: parent?.id ?? -1,
    end: id + 1,
    children: [],
    description,
    sensitive: made.sensitive ?? "",
    own,
    path: made.kind === "source" ? own : `${made.coordinate.toLowerCase()} ${own}`,
  };
  tree.nodes.push(node);
  if (parent) parent.children.push(id);
  else tree.roots.push(id);
  if (node.coordinate !== "") tree.byCoordinate.set(node.coordinate, id);
  return node;
}

const close = (tree: Tree, node: Node) => {
  node.end = tree.nodes.length;
};

const named = (covers: number[] | undefined, scopes: string[]) => (covers ?? []).map((index) => scopes[index] ?? "");
