import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client, etag, unwrap } from "../../api/client";
import { keys } from "../../api/queries";
import type { Member } from "../../api/types";
import { Confirm } from "../../ui/Confirm";
import { useSay } from "../../ui/Toasts";

export function RemoveMember({ member, onClose }: { member: Member; onClose: () => void }) {
  const queries = useQueryClient();
  const say = useSay();
  const remove = useMutation({
    mutationFn: () => unwrap(client.DELETE("/api/v1/members/{member}", { params: { path: { member: member.id }, header: { "If-Match": etag(member) } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.members });
      say("Member removed", `The keys of ${member.name} are revoked.`);
      onClose();
    },
  });
  return (
    <Confirm open onClose={onClose} title={`Remove ${member.name}?`} action="Remove" typed={member.name} busy={remove.isPending} error={remove.error} onConfirm={() => remove.mutate()}>
      <p>All their keys are revoked and their sessions end at once. The API tokens that they generated go on working: revoke those by themselves.</p>
    </Confirm>
  );
}
