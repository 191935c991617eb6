import { useState, type ReactNode } from "react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { ErrorBox } from "./ErrorBox";

type Props = {
  open: boolean;
  onClose: () => void;
  title: string;
  action: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  /** a name that has to be typed before the action can be taken */
  typed?: string;
  ready?: boolean;
  wide?: boolean;
  children: ReactNode;
};

/** Confirm asks before something that cannot be taken back, and says what it does. */
export function Confirm({ open, onClose, title, action, busy, error, onConfirm, typed, ready = true, wide, children }: Props) {
  const [text, setText] = useState("");
  const allowed = ready && (typed === undefined || text === typed);
  const close = () => {
    setText("");
    onClose();
  };
  return (
    <Dialog open={open} onClose={close} title={title} wide={wide}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (allowed) onConfirm();
        }}
      >
        {children}
        {typed !== undefined && (
          <label className="field">
            <span className="field-label">
              Type <code>{typed}</code> to go on
            </span>
            <input className="input" value={text} onChange={(event) => setText(event.target.value)} autoComplete="off" spellCheck={false} />
          </label>
        )}
        {error != null && <ErrorBox error={error} />}
        <div className="row row-end">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" look="danger" busy={busy} disabled={!allowed}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
