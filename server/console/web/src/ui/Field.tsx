import { useId, type InputHTMLAttributes, type ReactNode, type Ref } from "react";

type Props = InputHTMLAttributes<HTMLInputElement> & { label: string; hint?: ReactNode; error?: string; ref?: Ref<HTMLInputElement> };

/** Field is an input with its label, a hint and what is wrong with it, all tied to it for screen readers. */
export function Field({ label, hint, error, className, ref, ...rest }: Props) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={["field", className].filter(Boolean).join(" ")}>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <input {...rest} ref={ref} id={id} className="input" aria-invalid={error ? true : undefined} aria-describedby={described || undefined} />
      {hint && (
        <span className="small muted" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error && (
        <span className="field-error" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

type ChoiceProps = { label: string; value: string; onChange: (value: string) => void; options: { value: string; label: string }[]; className?: string };

export function Choice({ label, value, onChange, options, className }: ChoiceProps) {
  return (
    <label className={["field", className].filter(Boolean).join(" ")}>
      <span className="field-label">{label}</span>
      <select className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}
