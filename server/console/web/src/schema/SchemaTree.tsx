import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useId, useRef, useState } from "react";
import { isOpen } from "./filter";
import { ENTRY, GLOB, IMPLIED, SOME, type Selection } from "./selection";
import type { Node, Tree } from "./tree";
import { useTreeKeys } from "./useTreeKeys";
import "./tree.css";

const rowHeight = 32;

type Props = {
  tree: Tree;
  rows: number[]; // what is shown, in order
  found?: Uint8Array;
  open: ReadonlySet<number>;
  setOpen: (id: number, open: boolean) => void;
  selection: Selection;
  readOnly: boolean;
  onToggle: (id: number) => void;
  label: string;
};

/**
 * SchemaTree is a tree with check boxes as WAI-ARIA describes it (tree pattern, one tab stop, aria-activedescendant). Only the
 * rows in sight are elements: a schema has tens of thousands.
 */
export function SchemaTree(props: Props) {
  const { tree, rows, found, open, setOpen, selection, readOnly, onToggle, label } = props;
  const [active, setActive] = useState(0); // place in rows
  const at = Math.min(active, rows.length - 1);
  const frame = useRef<HTMLDivElement>(null);
  const id = useId();
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => frame.current, estimateSize: () => rowHeight, overscan: 12, getItemKey: (index) => rows[index]! });
  const move = useCallback(
    (to: number) => {
      setActive(to);
      virtual.scrollToIndex(to, { align: "auto" });
    },
    [virtual],
  );
  const opened = useCallback((node: number) => isOpen(tree, node, open, found), [tree, open, found]);
  const onKeyDown = useTreeKeys({ tree, rows, at, move, opened, setOpen, onToggle: readOnly ? () => undefined : onToggle });
  // A filter that is typed begins at the top of what it finds.
  useEffect(() => setActive(0), [found]);

  return (
    <div
      ref={frame}
      className="tree"
      role="tree"
      aria-label={label}
      aria-multiselectable="true"
      aria-activedescendant={rows.length > 0 ? `${id}-${rows[at]!}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div className="tree-rows" style={{ height: virtual.getTotalSize() }} role="presentation">
        {virtual.getVirtualItems().map((item) => {
          const node = tree.nodes[rows[item.index]!]!;
          return (
            <Row
              key={item.key}
              dom={`${id}-${node.id}`}
              node={node}
              top={item.start}
              index={item.index}
              active={item.index === at}
              open={node.children.length === 0 ? undefined : opened(node.id)}
              state={selection.states[node.id]!}
              glob={selection.globs.get(node.id)}
              siblings={siblingsOf(tree, node)}
              readOnly={readOnly}
              onActive={setActive}
              onOpen={setOpen}
              onToggle={onToggle}
            />
          );
        })}
      </div>
    </div>
  );
}

/** siblingsOf is how many nodes there are beside one and its place among them, which a virtual list has to say by itself. */
function siblingsOf(tree: Tree, node: Node): string {
  const all = node.parent < 0 ? tree.roots : tree.nodes[node.parent]!.children;
  return `${all.indexOf(node.id) + 1}/${all.length}`;
}

type RowProps = {
  dom: string;
  node: Node;
  top: number;
  index: number;
  active: boolean;
  open: boolean | undefined;
  state: number;
  glob: string | undefined;
  siblings: string;
  readOnly: boolean;
  onActive: (index: number) => void;
  onOpen: (id: number, open: boolean) => void;
  onToggle: (id: number) => void;
};

/* The tree has the keyboard (useTreeKeys) and says which row is active: rows are only clicked. They are checked, not selected. */
/* eslint-disable jsx-a11y/interactive-supports-focus, jsx-a11y/role-has-required-aria-props, jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions */
const Row = memo(function Row({ dom, node, top, index, active, open, state, glob, siblings, readOnly, onActive, onOpen, onToggle }: RowProps) {
  const [position, size] = siblings.split("/");
  const checked = state === SOME ? "mixed" : state >= IMPLIED ? "true" : "false";
  return (
    <div
      id={dom}
      role="treeitem"
      className={`tree-row tree-level-${node.level}${active ? " tree-active" : ""}`}
      style={{ transform: `translateY(${top}px)` }}
      aria-level={node.level}
      aria-posinset={Number(position)}
      aria-setsize={Number(size)}
      aria-expanded={open}
      aria-checked={checked}
      aria-disabled={readOnly || undefined}
      data-coordinate={node.coordinate || node.name}
      onClick={() => onActive(index)}
      onDoubleClick={() => open !== undefined && onOpen(node.id, !open)}
    >
      <span className={open === undefined ? "tree-twist" : open ? "tree-twist tree-open" : "tree-twist tree-closed"} onClick={() => open !== undefined && onOpen(node.id, !open)} aria-hidden="true" />
      <span className={`tree-box tree-box-${checked}${state === GLOB || state === IMPLIED ? " tree-box-soft" : ""}`} onClick={() => !readOnly && onToggle(node.id)} aria-hidden="true" />
      <span className="tree-name" onClick={() => open !== undefined && onOpen(node.id, !open)}>
        {node.name}
        {node.kind === "argument" ? ":" : ""}
      </span>
      <span className="tree-type">{node.type}</span>
      <Marks node={node} state={state} glob={glob} />
      {node.description && (
        <span className="tree-description" title={node.description}>
          {node.description}
        </span>
      )}
    </div>
  );
});

/* eslint-enable */

function Marks({ node, state, glob }: { node: Node; state: number; glob: string | undefined }) {
  return (
    <>
      {state === IMPLIED && <span className="badge">with its {node.kind === "argument" ? "field" : "type"}</span>}
      {state === GLOB && <span className="badge">by {glob}</span>}
      {state === ENTRY && node.kind === "type" && node.children.length > 0 && <span className="badge">all of it</span>}
      {node.sensitive !== "" && (
        <span className="badge badge-sensitive" title={node.sensitive}>
          sensitive
        </span>
      )}
      {node.covers.length > 0 && (
        <span className="badge badge-warning tree-covers" title={`Restricted by ${node.covers.join(", ")}`}>
          {node.covers.join(", ")}
        </span>
      )}
    </>
  );
}
