import type { UseFormRegisterReturn } from "react-hook-form";

export type Role = "owner" | "developer";

const roles: { role: Role; may: string }[] = [
  { role: "developer", may: "Generates and revokes tokens, adds and edits scopes, runs the sandbox." },
  { role: "owner", may: "Also deletes scopes and data layers, and manages members and their keys." },
];

export function RoleChoice({ register }: { register: UseFormRegisterReturn }) {
  return (
    <fieldset className="stack-small plain-fieldset">
      <legend className="field-label">Role</legend>
      {roles.map(({ role, may }) => (
        <label key={role} className="check">
          <input type="radio" value={role} {...register} />
          <span>
            <strong>{role}</strong> <span className="muted small">{may}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
