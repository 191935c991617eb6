import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { client, etag, unwrap } from "../../api/client";
import { keys } from "../../api/queries";
import type { Scope } from "../../api/types";
import { Confirm } from "../../ui/Confirm";
import { Loaded } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import { useSay } from "../../ui/Toasts";
import { count, listed } from "../../ui/text";
import { Coordinates } from "./Plan";

/** DeleteScope shows what becomes readable by every token, and asks for the scope's name (R5). */
export function DeleteScope({ layer, scope, onClose }: { layer: string; scope: Scope; onClose: () => void }) {
  const path = { layer, scope: scope.id };
  const effect = useQuery({
    queryKey: [...keys.layer(layer), "scopes", scope.id, "deletion"],
    queryFn: () => unwrap(client.DELETE("/api/v1/layers/{layer}/scopes/{scope}", { params: { path, query: { dry_run: true } } })),
    staleTime: 0,
    gcTime: 0,
  });
  const remove = useDelete(layer, scope);
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Delete ${scope.name}?`}
      action="Delete for good"
      typed={scope.name}
      ready={effect.data !== undefined}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      wide
    >
      <Loaded query={effect} what="what it would open">
        {({ opens, tokens }) => (
          <>
            {opens?.length ? (
              <Notice tone="danger" title={`${count(opens.length, "coordinate")} would be readable by every token`}>
                <Coordinates list={opens} />
              </Notice>
            ) : (
              <p>Nothing becomes readable: other scopes cover what this one does.</p>
            )}
            {tokens?.length ? (
              <p className="breakable">
                {count(tokens.length, "token")} would lose the scope: <strong>{listed(tokens.map((token) => token.name))}</strong>. A new scope of the same name would not give it back to them.
              </p>
            ) : (
              <p className="muted">No token holds it.</p>
            )}
          </>
        )}
      </Loaded>
    </Confirm>
  );
}

function useDelete(layer: string, scope: Scope) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  return useMutation({
    mutationFn: () =>
      unwrap(client.DELETE("/api/v1/layers/{layer}/scopes/{scope}", { params: { path: { layer, scope: scope.id }, header: { "If-Match": etag(scope) } } })),
    onSuccess: async () => {
      say("Scope deleted", `${scope.name} is off every token.`);
      await navigate({ to: "/layers/$layer/scopes", params: { layer }, ignoreBlocker: true });
      queries.removeQueries({ queryKey: [...keys.layer(layer), "scopes", scope.id] });
      await queries.invalidateQueries({ queryKey: keys.layer(layer) });
    },
  });
}
