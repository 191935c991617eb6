import { EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { look } from "./look";
import { typing } from "./typing";

type Props = {
  /** what is shown; a text that differs from the editor's replaces it */
  value: string;
  onChange?: (value: string) => void;
  /** what the editor can do; a new list takes the place of the old one, so it must be stable */
  extensions: Extension;
  label: string;
  className?: string;
};

/**
 * Code is a CodeMirror editor in a shadow root. There its styles are adopted style sheets; in the document they would be style
 * elements, which the Content-Security-Policy forbids.
 */
export function Code({ value, onChange, extensions, label, className }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const changed = useRef(onChange);
  const initial = useRef(value);
  useEffect(() => {
    changed.current = onChange;
  }, [onChange]);

  useEffect(() => {
    const element = host.current!;
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const told = EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      initial.current = update.state.doc.toString();
      changed.current?.(initial.current);
    });
    const named = EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" });
    view.current = new EditorView({ root, parent: root, state: EditorState.create({ doc: initial.current, extensions: [look, typing, named, told, extensions] }) });
    return () => view.current?.destroy();
  }, [extensions, label]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    initial.current = value;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  return <div ref={host} className={["code-host", className].filter(Boolean).join(" ")} />;
}
