import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from "@codemirror/language";
import { linter, lintKeymap, type Diagnostic } from "@codemirror/lint";
import { EditorState, Prec, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { graphql } from "cm6-graphql";
import type { GraphQLSchema } from "graphql";
import { whatItNeeds, type Mark } from "./denials";

// Tab leaves an editor, as everywhere on a page: no key is bound to it.
const editing = [lineNumbers(), history(), bracketMatching(), closeBrackets(), indentOnInput(), autocompletion(), keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, ...defaultKeymap])];

const pause = 350; // ms without a key before the server is asked

type Query = { schema: GraphQLSchema; run: () => void; denied: (text: string) => Promise<Mark[]> };

/** queryExtensions make an editor of queries: completion and validation by the schema, and marks on what is denied. */
export function queryExtensions({ schema, run, denied }: Query): Extension {
  return [
    Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }])),
    editing,
    foldGutter(),
    EditorView.lineWrapping,
    graphql(schema),
    linter(async (view) => (await denied(view.state.doc.toString())).flatMap(diagnostics), { delay: pause }),
  ];
}

function diagnostics({ denial, ranges }: Mark): Diagnostic[] {
  return ranges.map(({ from, to }) => ({ from, to, severity: "error", markClass: "cm-denied", source: "denied", message: `${denial.coordinate} is denied: ${whatItNeeds(denial)}` }));
}

/** variablesExtensions make an editor of JSON; an empty one holds no variables. */
export const variablesExtensions = (run: () => void): Extension => [
  Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }])),
  editing,
  json(),
  linter((view) => (view.state.doc.toString().trim() === "" ? [] : jsonParseLinter()(view))),
];

export const resultExtensions: Extension = [lineNumbers(), foldGutter(), json(), EditorState.readOnly.of(true), EditorView.lineWrapping, keymap.of(foldKeymap)];
