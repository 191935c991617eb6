import { EditorView } from "@codemirror/view";

/**
 * typing replaces a selection that is typed over in the editor's own way. Left to itself the browser would keep the looks of what
 * was there in a style attribute, which the Content-Security-Policy forbids and the console would complain of.
 */
export const typing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection;
    if (event.isComposing || event.inputType !== "insertText" || event.data === null || main.empty || view.state.readOnly) return false;
    const text = event.data;
    const replaced = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
    // Brackets that close by themselves, and the like, come first, as they do for whatever is typed.
    const handled = view.state.facet(EditorView.inputHandler).some((handler) => handler(view, main.from, main.to, text, replaced));
    if (!handled) view.dispatch(replaced());
    event.preventDefault();
    return true;
  },
});
