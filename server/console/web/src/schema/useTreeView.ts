import { useCallback, useMemo, useState } from "react";
import { applyFilter, isEmpty, parseFilter, visible } from "./filter";
import { isCovered, type Selection } from "./selection";
import type { Tree } from "./tree";

export type TreeView = {
  rows: number[];
  found: Uint8Array | undefined; // undefined without a filter
  matches: number;
  open: ReadonlySet<number>;
  setOpen: (id: number, open: boolean) => void;
};

/** useTreeView is what of a tree is shown: by a filter, and by what was opened and closed. */
export function useTreeView(tree: Tree, text: string, selection: Selection): TreeView {
  // -id-1 stands for a node that was closed by hand although the filter found something below it.
  const [open, setOpenSet] = useState<ReadonlySet<number>>(() => new Set(tree.roots));
  const filter = useMemo(() => parseFilter(text), [text]);
  // Only is:selected follows the selection: a row that is looked at must not vanish when it is taken out of another filter's.
  const selected = filter.selected ? selection : undefined;
  const result = useMemo(
    () => (isEmpty(filter) ? undefined : applyFilter(tree, filter, (id) => selected !== undefined && isCovered(selected.states[id]!))),
    [tree, filter, selected],
  );
  const rows = useMemo(() => visible(tree, open, result?.marks), [tree, open, result]);
  const setOpen = useCallback((id: number, next: boolean) => {
    setOpenSet((old) => {
      const set = new Set(old);
      set.delete(next ? -id - 1 : id);
      set.add(next ? id : -id - 1);
      return set;
    });
  }, []);
  return { rows, found: result?.marks, matches: result?.matches ?? 0, open, setOpen };
}
