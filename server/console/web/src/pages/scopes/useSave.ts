import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { client, etag, unwrap } from "../../api/client";
import { keys, scopeQuery } from "../../api/queries";
import type { NewScope, Scope } from "../../api/types";
import { useSay } from "../../ui/Toasts";

/** useSave creates or replaces a scope. The answer comes when the sync that it starts has ended. */
export function useSave(layer: string, scope: Scope | undefined) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const say = useSay();
  return useMutation({
    mutationFn: (body: NewScope) =>
      scope
        ? unwrap(client.PUT("/api/v1/layers/{layer}/scopes/{scope}", { params: { path: { layer, scope: scope.id }, header: { "If-Match": etag(scope) } }, body }))
        : unwrap(client.POST("/api/v1/layers/{layer}/scopes", { params: { path: { layer } }, body })),
    onSuccess: async ({ scope: saved, sync }) => {
      if (sync.state === "failed") say("Saved, but not in force yet", sync.error);
      else say(scope ? "Scope saved" : "Scope created", sync.revision ? `Revision ${sync.revision} is in force for every token.` : undefined);
      await queries.invalidateQueries({ queryKey: keys.layer(layer) });
      queries.setQueryData(scopeQuery(layer, saved.id).queryKey, saved);
      if (!scope) void navigate({ to: "/layers/$layer/scopes/$scope", params: { layer, scope: saved.id }, ignoreBlocker: true });
    },
  });
}
