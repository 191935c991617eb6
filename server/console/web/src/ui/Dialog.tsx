import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";

type Props = {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  wide?: boolean;
  /** what must be answered is not closed by a click beside it or by Escape */
  firm?: boolean;
  children: ReactNode;
};

/** Dialog is modal: the page behind it is out of reach until it is closed. */
export function Dialog({ open, onClose, title, description, wide, firm, children }: Props) {
  return (
    <Base.Root
      open={open}
      disablePointerDismissal
      onOpenChange={(next, details) => {
        if (next) return;
        if (firm && details.reason === "escape-key") details.cancel();
        else onClose();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className={wide ? "dialog dialog-wide" : "dialog"}>
          <Base.Title render={<h2 />}>{title}</Base.Title>
          {description && <Base.Description render={<div className="stack-small" />}>{description}</Base.Description>}
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
