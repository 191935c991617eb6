import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { graphqlLanguageSupport } from "cm6-graphql";
import { Code } from "./Code";

const extensions = [lineNumbers(), graphqlLanguageSupport(), EditorState.readOnly.of(true), EditorView.lineWrapping];

/** Sdl shows a schema. */
export function Sdl({ text, label }: { text: string; label: string }) {
  return <Code value={text} extensions={extensions} label={label} className="code-tall" />;
}
