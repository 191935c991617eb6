import type { ButtonHTMLAttributes } from "react";

type Look = "primary" | "danger" | "quiet" | "plain";

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look; small?: boolean; busy?: boolean };

export function buttonClass(look: Look = "plain", small = false): string {
  return ["button", look !== "plain" && `button-${look}`, small && "button-small"].filter(Boolean).join(" ");
}

export function Button({ look, small, busy, className, children, disabled, type = "button", ...rest }: Props) {
  return (
    <button {...rest} type={type} className={[buttonClass(look, small), className].filter(Boolean).join(" ")} disabled={disabled || busy} aria-busy={busy || undefined}>
      {busy && <span className="spinner" aria-hidden="true" />}
      {children}
    </button>
  );
}
