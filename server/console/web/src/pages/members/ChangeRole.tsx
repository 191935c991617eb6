import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { client, etag, unwrap } from "../../api/client";
import { keys } from "../../api/queries";
import type { Member } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorBox } from "../../ui/ErrorBox";
import { useSay } from "../../ui/Toasts";
import { RoleChoice, type Role } from "./RoleChoice";

export function ChangeRole({ member, onClose }: { member: Member; onClose: () => void }) {
  const queries = useQueryClient();
  const say = useSay();
  const form = useForm<{ role: Role }>({ defaultValues: { role: member.role } });
  const change = useMutation({
    mutationFn: (role: Role) => unwrap(client.PATCH("/api/v1/members/{member}", { params: { path: { member: member.id }, header: { "If-Match": etag(member) } }, body: { role } })),
    onSuccess: async (changed) => {
      // What one may do oneself may have changed too.
      await Promise.all([queries.invalidateQueries({ queryKey: keys.members }), queries.invalidateQueries({ queryKey: keys.session })]);
      say("Role changed", `${changed.name} is ${changed.role} now.`);
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={`Change the role of ${member.name}`}>
      <form className="stack" onSubmit={(event) => void form.handleSubmit(({ role }) => change.mutate(role))(event)}>
        <RoleChoice register={form.register("role")} />
        {change.error && <ErrorBox error={change.error} />}
        <div className="row row-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={change.isPending}>
            Change
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
