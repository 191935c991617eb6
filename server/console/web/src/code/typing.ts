import { EditorView } from "@codemirror/view";

/**
 * typing replaces a selection that is typed over in the editor's own way. Left to itself the browser would keep the looks of what
 * was there in a style attribute, which the Content-Security-Policy forbids and the console would complain of.
 */
export const typing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.isComposing || event.inputType !== "insertText" || event.data === null || view.state.readOnly) return false;
    const { from, to } = replacedBy(view);
    if (from === to) return false;
    const text = event.data;
    const typed = () => view.state.update({ changes: { from, to, insert: text }, selection: { anchor: from + text.length }, userEvent: "input.type", scrollIntoView: true });
    // Brackets that close by themselves, and the like, come first, as they do for whatever is typed.
    const handled = view.state.facet(EditorView.inputHandler).some((handler) => handler(view, from, to, text, typed));
    if (!handled) view.dispatch(typed());
    event.preventDefault();
    return true;
  },
});

/** replacedBy is what is replaced: the browser knows it before the editor hears of a selection that was just made. */
function replacedBy(view: EditorView): { from: number; to: number } {
  const selection = selectionIn(view.root);
  if (!selection?.anchorNode || !selection.focusNode) return view.state.selection.main;
  if (!view.contentDOM.contains(selection.anchorNode) || !view.contentDOM.contains(selection.focusNode)) return view.state.selection.main;
  const ends = [view.posAtDOM(selection.anchorNode, selection.anchorOffset), view.posAtDOM(selection.focusNode, selection.focusOffset)];
  return { from: Math.min(...ends), to: Math.max(...ends) };
}

/** selectionIn is the selection as seen inside a shadow root, which Chromium tells; elsewhere the document's, which stops at it. */
function selectionIn(root: DocumentOrShadowRoot): Selection | null {
  const own = root as { getSelection?: () => Selection | null };
  return own.getSelection ? own.getSelection() : document.getSelection();
}
