import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError, isStatus } from "./errors";
import { keys } from "./queries";

/** queries is what the console has read. It lives in memory only, and is gone with the page. */
export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: ended }),
  mutationCache: new MutationCache({ onError: ended }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A request that the server answered with a problem is answered the same way again.
      retry: (count, error) => count < 2 && !(error instanceof ApiError && error.problem.status !== 0 && error.problem.status < 500),
    },
    mutations: { gcTime: 0 }, // the answer of a mutation may hold a secret: nothing keeps it
  },
});

/** ended leads to the sign-in page when the session has ended. */
function ended(error: unknown) {
  if (!isStatus(error, 401) || window.location.pathname === "/sign-in") return;
  queries.removeQueries({ queryKey: keys.session });
  window.dispatchEvent(new Event("fieldgate:signed-out"));
}
