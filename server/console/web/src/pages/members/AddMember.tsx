import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useForm } from "react-hook-form";
import { client, unwrap } from "../../api/client";
import { keys } from "../../api/queries";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorBox } from "../../ui/ErrorBox";
import { Field } from "../../ui/Field";
import { useSay } from "../../ui/Toasts";
import { RoleChoice, type Role } from "./RoleChoice";

type Form = { name: string; role: Role };

export function AddMember({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  const form = useForm<Form>({ defaultValues: { name: "", role: "developer" } });
  const add = useMutation({
    mutationFn: (values: Form) => unwrap(client.POST("/api/v1/members", { body: { name: values.name.trim(), role: values.role } })),
    onSuccess: async (member) => {
      await queries.invalidateQueries({ queryKey: keys.members });
      say("Member added", "Generate a key for them now: they sign in with it.");
      void navigate({ to: "/members/$member", params: { member: member.id } });
    },
  });
  return (
    <Dialog open onClose={onClose} title="Add a member">
      <form className="stack" onSubmit={(event) => void form.handleSubmit((values) => add.mutate(values))(event)} noValidate>
        <Field label="Name" hint="A person, or a machine such as ci." error={form.formState.errors.name?.message} autoComplete="off" {...form.register("name", { required: "Give them a name" })} />
        <RoleChoice register={form.register("role")} />
        {add.error && <ErrorBox error={add.error} />}
        <div className="row row-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={add.isPending}>
            Add
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
