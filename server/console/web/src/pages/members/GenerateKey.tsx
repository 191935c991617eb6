import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { client, unwrap } from "../../api/client";
import { keys } from "../../api/queries";
import type { Member } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorBox } from "../../ui/ErrorBox";
import { expires, Expiry, type ExpiryChoice } from "../../ui/Expiry";
import { Field } from "../../ui/Field";
import { Secret } from "../../ui/Secret";

type Permission = "admin" | "decide";
type Form = { name: string; permissions: Permission[]; expiry: ExpiryChoice; day: string };

const permissions: { permission: Permission; opens: string }[] = [
  { permission: "admin", opens: "The console, the command line and the admin API, with the member’s role." },
  { permission: "decide", opens: "Decision requests, for gateways and services." },
];

/** GenerateKey generates a key and shows its secret once. */
export function GenerateKey({ member, onClose }: { member: Member; onClose: () => void }) {
  const [made, setMade] = useState<{ name: string; secret: string }>();
  if (made) return <Secret title={`The secret of the key ${made.name}`} secret={made.secret} variable="FIELDGATE_KEY" onClose={onClose} />;
  return <KeyForm member={member} onMade={setMade} onClose={onClose} />;
}

function KeyForm({ member, onMade, onClose }: { member: Member; onMade: (made: { name: string; secret: string }) => void; onClose: () => void }) {
  const queries = useQueryClient();
  const form = useForm<Form>({ defaultValues: { name: "", permissions: ["admin"], expiry: "90", day: "" } });
  const { errors } = form.formState;
  const generate = useMutation({
    mutationFn: async (values: Form) => {
      const body = { name: values.name.trim(), permissions: values.permissions, expires: expires(values.expiry, values.day) };
      const { key, secret } = await unwrap(client.POST("/api/v1/members/{member}/keys", { params: { path: { member: member.id } }, body }));
      onMade({ name: key.name, secret }); // and nowhere else: what the mutation keeps is without it
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.members }),
  });
  return (
    <Dialog open onClose={onClose} title={`Generate a key for ${member.name}`}>
      <form className="stack" onSubmit={(event) => void form.handleSubmit((values) => generate.mutate(values))(event)} noValidate>
        <Field label="Name" hint="Where it is used, as in laptop or ci." error={errors.name?.message} autoComplete="off" {...form.register("name", { required: "Give it a name" })} />
        <fieldset className="stack-small plain-fieldset" aria-describedby={errors.permissions ? "permissions-error" : undefined}>
          <legend className="field-label">Permissions</legend>
          {permissions.map(({ permission, opens }) => (
            <label key={permission} className="check">
              <input type="checkbox" value={permission} {...form.register("permissions", { validate: (value) => value.length > 0 || "Choose at least one" })} />
              <span>
                <strong>{permission}</strong> <span className="muted small">{opens}</span>
              </span>
            </label>
          ))}
          {errors.permissions && (
            <span className="field-error" id="permissions-error" role="alert">
              {errors.permissions.message}
            </span>
          )}
        </fieldset>
        <Expiry register={form.register} control={form.control} error={errors.day?.message} />
        {generate.error && <ErrorBox error={generate.error} />}
        <div className="row row-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={generate.isPending}>
            Generate
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
