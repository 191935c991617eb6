import { Kind, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type Location, type OperationDefinitionNode, type SelectionSetNode } from "graphql";

/** Denial is what a decision says is denied, and what would open it. */
export type Denial = {
  path: string[];
  coordinate: string;
  kind: "field" | "fragment" | "argument";
  argument_path?: (string | number)[];
  restricted?: string[];
  missing?: Record<string, string[]>;
};

type Range = { from: number; to: number };

/** Mark is a denial with the places in the document that it is about. */
export type Mark = { denial: Denial; ranges: Range[] };

/** markDenials finds where in the document each denial of an operation is written. */
export function markDenials(document: DocumentNode, operation: OperationDefinitionNode, denied: Denial[]): Mark[] {
  const fragments = new Map(document.definitions.filter((d): d is FragmentDefinitionNode => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]));
  return denied.map((denial) => {
    const ranges = denial.kind === "fragment" ? fragmentRanges(operation, denial, fragments) : fieldRanges(operation, denial, fragments);
    return { denial, ranges: unique(ranges) };
  });
}

type Fragments = Map<string, FragmentDefinitionNode>;
type Step = { node: FieldNode; sets: SelectionSetNode[] };

/** fieldsAt finds the fields at a path of response keys: several, when a key is written more than once. */
function fieldsAt(operation: OperationDefinitionNode, path: string[], fragments: Fragments): FieldNode[] {
  let sets: SelectionSetNode[] = [operation.selectionSet];
  let found: FieldNode[] = [];
  for (const key of path) {
    const steps: Step[] = sets.flatMap((set) => fieldsIn(set, key, fragments, new Set()));
    found = steps.map((step) => step.node);
    sets = steps.flatMap((step) => step.sets);
  }
  return found;
}

function fieldsIn(set: SelectionSetNode, key: string, fragments: Fragments, seen: Set<string>): Step[] {
  return set.selections.flatMap((selection): Step[] => {
    switch (selection.kind) {
      case Kind.FIELD:
        return (selection.alias ?? selection.name).value === key ? [{ node: selection, sets: selection.selectionSet ? [selection.selectionSet] : [] }] : [];
      case Kind.INLINE_FRAGMENT:
        return fieldsIn(selection.selectionSet, key, fragments, seen);
      case Kind.FRAGMENT_SPREAD: {
        const fragment = fragments.get(selection.name.value);
        if (!fragment || seen.has(selection.name.value)) return [];
        return fieldsIn(fragment.selectionSet, key, fragments, new Set([...seen, selection.name.value]));
      }
    }
  });
}

/** fieldRanges is the name of the field, with its alias, or of the argument that is denied. */
function fieldRanges(operation: OperationDefinitionNode, denial: Denial, fragments: Fragments): Range[] {
  const member = denial.coordinate.split(/[.(]/)[1];
  const written = fieldsAt(operation, denial.path, fragments);
  const named = denial.kind === "field" ? written.filter((field) => field.name.value === member) : written;
  return (named.length > 0 ? named : written).flatMap((field) => {
    const argument = denial.kind === "argument" ? field.arguments?.find((one) => one.name.value === denial.argument_path?.[0]) : undefined;
    return argument ? range(argument.loc) : range(field.alias?.loc, field.name.loc);
  });
}

/** fragmentRanges is the type condition of each fragment that is denied, below the field at the path. */
function fragmentRanges(operation: OperationDefinitionNode, denial: Denial, fragments: Fragments): Range[] {
  const sets = denial.path.length === 0 ? [operation.selectionSet] : fieldsAt(operation, denial.path, fragments).flatMap((field) => field.selectionSet ?? []);
  return sets.flatMap((set) => conditionsIn(set, denial.coordinate, fragments, new Set()));
}

function conditionsIn(set: SelectionSetNode, type: string, fragments: Fragments, seen: Set<string>): Range[] {
  return set.selections.flatMap((selection): Range[] => {
    if (selection.kind === Kind.FIELD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const own = selection.typeCondition?.name.value === type ? range(selection.typeCondition.loc) : [];
      return [...own, ...conditionsIn(selection.selectionSet, type, fragments, seen)];
    }
    const fragment = fragments.get(selection.name.value);
    if (!fragment || seen.has(selection.name.value)) return [];
    if (fragment.typeCondition.name.value === type) return [...range(selection.name.loc), ...range(fragment.typeCondition.loc)];
    return conditionsIn(fragment.selectionSet, type, fragments, new Set([...seen, selection.name.value]));
  });
}

/** range is from the first place to the end of the last. */
function range(first: Location | undefined, last = first): Range[] {
  const begin = first ?? last;
  return begin && last ? [{ from: begin.start, to: last.end }] : [];
}

const unique = (ranges: Range[]) => [...new Map(ranges.map((one) => [`${one.from}-${one.to}`, one])).values()];

/** whatItNeeds says in words what would open a denial. */
export function whatItNeeds(denial: Denial): string {
  const parts = Object.entries(denial.missing ?? {}).map(([coordinate, scopes]) => {
    const need = scopes.length === 0 ? "no scope opens it" : scopes.length === 1 ? `needs the scope ${scopes[0]}` : `needs one of the scopes ${scopes.join(", ")}`;
    return coordinate === denial.coordinate ? need : `${coordinate} ${need}`;
  });
  return parts.length > 0 ? parts.join("; ") : "it is restricted";
}
