import { useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "../../api/client";
import { keys } from "../../api/queries";
import type { Token } from "../../api/types";
import { Confirm } from "../../ui/Confirm";
import { Time } from "../../ui/Time";
import { useSay } from "../../ui/Toasts";
import { TokenScopes } from "./TokenTable";

/** Revoke asks before a token is revoked, and names what stops working. */
export function Revoke({ layer, token, onClose }: { layer: string; token: Token; onClose: () => void }) {
  const queries = useQueryClient();
  const say = useSay();
  const revoke = useMutation({
    mutationFn: () => unwrap(client.DELETE("/api/v1/layers/{layer}/tokens/{token}", { params: { path: { layer, token: token.id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.layer(layer) });
      say("Token revoked", `${token.name} is refused from now on.`);
      onClose();
    },
  });
  return (
    <Confirm open onClose={onClose} title={`Revoke ${token.name}?`} action="Revoke for good" busy={revoke.isPending} error={revoke.error} onConfirm={() => revoke.mutate()}>
      <p>
        Every application that sends this token to <code>/layers/{layer}</code> is refused (401) from its next request on. Revoking cannot be taken back: the application
        needs a new token then.
      </p>
      <dl className="facts">
        <dt>It reads</dt>
        <dd>
          <TokenScopes token={token} />
        </dd>
        <dt>Last used</dt>
        <dd>
          {token.last_used ? (
            <>
              <Time at={token.last_used} />: something still uses it, or did until then
            </>
          ) : (
            "never: nothing stops working"
          )}
        </dd>
      </dl>
    </Confirm>
  );
}
