import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { queries } from "./api/cache";
import { isStatus } from "./api/errors";
import { sessionQuery } from "./api/queries";
import { BrokenPage, LostPage, NotFound, PageError } from "./shell/fallbacks";
import { Shell } from "./shell/Shell";
import { Loading } from "./ui/Loaded";

// Every page is a chunk of its own. What a page shows is in its path and search, so that every state has an address.

type Search = Record<string, unknown>;

/** texts reads the parameters of these names; others are dropped, and so is what is empty. */
const texts =
  <Name extends string>(...names: Name[]) =>
  (search: Search): { [N in Name]?: string } => {
    const out: { [N in Name]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === "number" || (typeof value === "string" && value !== "")) out[name] = String(value);
    }
    return out;
  };

const root = createRootRoute({ component: Outlet, notFoundComponent: LostPage });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: texts("next"),
  component: lazyRouteComponent(() => import("./pages/sign-in/SignIn"), "SignIn"),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: Shell,
  errorComponent: BrokenPage,
  beforeLoad: async ({ location }) => {
    try {
      await queries.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- that is how the router is told to go elsewhere
      throw redirect({ to: "/sign-in", search: { next: location.href === "/" ? undefined : location.href } });
    }
  },
});

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- as above
    throw redirect({ to: "/layers" });
  },
});

const layers = createRoute({ getParentRoute: () => shell, path: "/layers", component: lazyRouteComponent(() => import("./pages/layers/Layers"), "Layers") });

const overview = createRoute({
  getParentRoute: () => shell,
  path: "/layers/$layer",
  component: lazyRouteComponent(() => import("./pages/overview/Overview"), "Overview"),
});

const tokens = createRoute({
  getParentRoute: () => shell,
  path: "/layers/$layer/tokens",
  validateSearch: (s: Search): { q?: string; state?: string; generate?: true } => ({ ...texts("q", "state")(s), ...(s.generate === true && { generate: true }) }),
  component: lazyRouteComponent(() => import("./pages/tokens/Tokens"), "Tokens"),
});

const token = createRoute({
  getParentRoute: () => shell,
  path: "/layers/$layer/tokens/$token",
  component: lazyRouteComponent(() => import("./pages/tokens/TokenPage"), "TokenPage"),
});

const scopes = createRoute({
  getParentRoute: () => shell,
  path: "/layers/$layer/scopes",
  validateSearch: texts("q"),
  component: lazyRouteComponent(() => import("./pages/scopes/Scopes"), "Scopes"),
});

const newScope = createRoute({
  getParentRoute: () => shell,
  path: "/layers/$layer/scopes/new",
  validateSearch: texts("filter"),
  component: lazyRouteComponent(() => import("./pages/scopes/ScopePage"), "NewScopePage"),
});

const scope = createRoute({
  getParentRoute: () => shell,
  path: "/layers/$layer/scopes/$scope",
  validateSearch: texts("filter"),
  component: lazyRouteComponent(() => import("./pages/scopes/ScopePage"), "ScopePage"),
});

const access = createRoute({
  getParentRoute: () => shell,
  path: "/layers/$layer/access",
  validateSearch: texts("tab", "at", "as", "q"),
  component: lazyRouteComponent(() => import("./pages/access/Access"), "Access"),
});

const sandbox = createRoute({
  getParentRoute: () => shell,
  path: "/layers/$layer/sandbox",
  validateSearch: texts("as", "query"),
  component: lazyRouteComponent(() => import("./pages/sandbox/Sandbox"), "Sandbox"),
});

const audit = createRoute({
  getParentRoute: () => shell,
  path: "/audit",
  validateSearch: texts("actor", "action", "target", "data_layer", "from", "until", "entry"),
  component: lazyRouteComponent(() => import("./pages/audit/Audit"), "Audit"),
});

const members = createRoute({ getParentRoute: () => shell, path: "/members", component: lazyRouteComponent(() => import("./pages/members/Members"), "Members") });

const member = createRoute({
  getParentRoute: () => shell,
  path: "/members/$member",
  component: lazyRouteComponent(() => import("./pages/members/MemberPage"), "MemberPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    shell.addChildren([home, layers, overview, tokens, token, scopes, newScope, scope, access, sandbox, audit, members, member]),
  ]),
  defaultErrorComponent: PageError,
  defaultNotFoundComponent: NotFound,
  defaultPendingComponent: () => <Loading what="the page" />,
  defaultPreload: "intent",
});

window.addEventListener("fieldgate:signed-out", () => {
  void router.navigate({ to: "/sign-in", search: { next: router.state.location.href } });
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
