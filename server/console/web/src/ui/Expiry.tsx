import { useWatch, type Control, type UseFormRegister } from "react-hook-form";
import { Field } from "./Field";

export type ExpiryChoice = "never" | "30" | "90" | "365" | "day";
export type ExpiryForm = { expiry: ExpiryChoice; day: string };

const day = 86_400_000;

/** expires is the moment that was chosen, or undefined for never. A day ends at its last second, here. */
export function expires(choice: ExpiryChoice, on: string, now = Date.now()): string | undefined {
  if (choice === "never") return undefined;
  if (choice === "day") return new Date(`${on}T23:59:59`).toISOString();
  return new Date(now + Number(choice) * day).toISOString();
}

const notOver = (value: string) => Date.parse(`${value}T23:59:59`) > Date.now() || "Choose a day that is not over";

type Props<F extends ExpiryForm> = { register: UseFormRegister<F>; control: Control<F>; error?: string };

/** Expiry asks when what is generated ends. */
export function Expiry<F extends ExpiryForm>({ register, control, error }: Props<F>) {
  // The fields are those of ExpiryForm, whatever else the form has.
  const own = register as unknown as UseFormRegister<ExpiryForm>;
  const choice = useWatch({ control: control as unknown as Control<ExpiryForm>, name: "expiry" });
  return (
    <div className="row expiry">
      <label className="field">
        <span className="field-label">Expires</span>
        <select className="input" {...own("expiry")}>
          <option value="never">never</option>
          <option value="30">in 30 days</option>
          <option value="90">in 90 days</option>
          <option value="365">in a year</option>
          <option value="day">at the end of a day</option>
        </select>
      </label>
      {choice === "day" && (
        <Field label="Day" type="date" error={error} {...own("day", { validate: notOver })} />
      )}
    </div>
  );
}
