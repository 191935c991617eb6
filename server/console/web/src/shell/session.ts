import { useSuspenseQuery, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "../api/client";
import { sessionQuery } from "../api/queries";
import type { Session } from "../api/types";

/** useSession is who is signed in. Pages below the shell are shown only when somebody is. */
export const useSession = (): Session => useSuspenseQuery(sessionQuery).data;

/** useMay reports whether the signed-in member may do something, as the server's policy says. */
export function useMay(): (permission: string) => boolean {
  const { may } = useSession();
  return (permission) => may.includes(permission);
}

/** useSignOut ends the session and forgets everything that was read in it. */
export function useSignOut() {
  const queries = useQueryClient();
  return async () => {
    await unwrap(client.DELETE("/api/v1/session"));
    queries.clear();
    window.location.assign("/sign-in");
  };
}
