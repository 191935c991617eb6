import { useState, type ReactNode } from "react";
import { Button } from "./Button";
import { Copy } from "./Copy";
import { Dialog } from "./Dialog";
import { Notice } from "./Notice";

/**
 * Secret shows a secret once. It is in this component's properties and nowhere else, and gone when the dialog is closed, which
 * asks for a word that it was stored: there is no way to see it again.
 */
export function Secret({ title, secret, variable, children, onClose }: { title: string; secret: string; variable: string; children?: ReactNode; onClose: () => void }) {
  const [stored, setStored] = useState(false);
  return (
    <Dialog open firm={!stored} onClose={onClose} title={title} wide>
      <Notice tone="warning" title="This is the only time that the secret is shown">
        <p>Fieldgate keeps a fingerprint of it and cannot show it again. If it is lost, revoke it and generate another.</p>
      </Notice>
      <div className="secret">
        <code className="secret-text" data-testid="secret">
          {secret}
        </code>
        <Copy text={secret} what="the secret" />
      </div>
      <p className="small muted">
        Keep it in a secret store or an environment variable such as <code>{variable}</code>, never in a repository.
      </p>
      {children}
      <label className="check">
        <input type="checkbox" checked={stored} onChange={(event) => setStored(event.target.checked)} />I have stored the secret where it is needed
      </label>
      <div className="row row-end">
        <Button look="primary" disabled={!stored} onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}
