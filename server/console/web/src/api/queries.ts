import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, everyPage, send, unwrap } from "./client";
import { ApiError, problemOf } from "./errors";
import type { Draft, Entry } from "./types";

// Keys begin with what they are about, so that a change can drop everything below a data layer at once.
export const keys = {
  session: ["session"] as const,
  layers: ["layers"] as const,
  layer: (layer: string) => ["layers", layer] as const,
  members: ["members"] as const,
  audit: ["audit"] as const,
};

const whole = 1000; // rows of a page of a list that is read whole

export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: () => unwrap(client.GET("/api/v1/whoami")),
  staleTime: 60_000,
  retry: false,
});

export const teamQuery = queryOptions({ queryKey: ["team"], queryFn: () => unwrap(client.GET("/api/v1/team")), staleTime: Infinity });

export const layersQuery = queryOptions({
  queryKey: keys.layers,
  queryFn: () => everyPage((after) => unwrap(client.GET("/api/v1/layers", { params: { query: { limit: whole, after } } }))),
});

export const layerQuery = (layer: string) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "row"],
    queryFn: () => unwrap(client.GET("/api/v1/layers/{layer}", { params: { path: { layer } } })),
  });

export const tokensQuery = (layer: string) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "tokens"],
    queryFn: () => everyPage((after) => unwrap(client.GET("/api/v1/layers/{layer}/tokens", { params: { path: { layer }, query: { limit: whole, after } } }))),
  });

export const scopesQuery = (layer: string) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "scopes"],
    queryFn: () => everyPage((after) => unwrap(client.GET("/api/v1/layers/{layer}/scopes", { params: { path: { layer }, query: { limit: whole, after } } }))),
  });

export const scopeQuery = (layer: string, scope: string) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "scopes", scope],
    queryFn: () => unwrap(client.GET("/api/v1/layers/{layer}/scopes/{scope}", { params: { path: { layer, scope } } })),
  });

export const syncsQuery = (layer: string) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "syncs"],
    queryFn: async () => (await unwrap(client.GET("/api/v1/layers/{layer}/syncs", { params: { path: { layer }, query: { limit: 10 } } }))).items,
  });

export const revisionsQuery = (layer: string) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "revisions"],
    queryFn: async () => (await unwrap(client.GET("/api/v1/layers/{layer}/revisions", { params: { path: { layer }, query: { limit: 20 } } }))).items,
  });

export const membersQuery = queryOptions({
  queryKey: keys.members,
  queryFn: () => everyPage((after) => unwrap(client.GET("/api/v1/members", { params: { query: { limit: whole, after } } }))),
});

export const keysQuery = (member: string) =>
  queryOptions({
    queryKey: [...keys.members, member, "keys"],
    queryFn: () => everyPage((after) => unwrap(client.GET("/api/v1/members/{member}/keys", { params: { path: { member }, query: { limit: whole, after } } }))),
  });

// --- who can read what

export type Subject = { scopes: string[]; unrestricted: boolean };

const asked = (s: Subject) => (s.unrestricted ? { unrestricted: true } : { scopes: s.scopes.join(",") });

export const explainQuery = (layer: string, coordinate: string, subject: Subject) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "explain", coordinate, subject],
    queryFn: () => unwrap(client.GET("/api/v1/layers/{layer}/explain", { params: { path: { layer }, query: { coordinate, ...asked(subject) } } })),
    retry: false,
  });

export const readersQuery = (layer: string, coordinate: string) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "who-can", coordinate],
    queryFn: () => unwrap(client.GET("/api/v1/layers/{layer}/who-can", { params: { path: { layer }, query: { coordinate } } })),
    retry: false,
  });

export const catalogQuery = (layer: string) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "catalog"],
    queryFn: () => unwrap(client.GET("/api/v1/layers/{layer}/catalog", { params: { path: { layer } } })),
    staleTime: 30_000,
  });

export const matrixQuery = (layer: string) => queryOptions({ queryKey: [...keys.layer(layer), "matrix"], queryFn: () => unwrap(client.GET("/api/v1/layers/{layer}/matrix", { params: { path: { layer } } })) });

export const statsQuery = (layer: string) =>
  queryOptions({ queryKey: [...keys.layer(layer), "stats"], queryFn: () => unwrap(client.GET("/api/v1/layers/{layer}/stats", { params: { path: { layer } } })), refetchInterval: 30_000 });

export const previewQuery = (layer: string, draft: Draft) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "preview", draft],
    queryFn: ({ signal }) => unwrap(client.POST("/api/v1/layers/{layer}/scopes/preview", { params: { path: { layer } }, body: draft, signal })),
    gcTime: 10_000,
  });

/** View is what a subject's SDL is asked for by. */
export type View = { token: string } | { scopes: string[] } | { unrestricted: true };

export const viewQuery = (layer: string, view: View) =>
  queryOptions({
    queryKey: [...keys.layer(layer), "view", view],
    queryFn: () => readText(`${base(layer)}/view.graphql?${viewParameters(view)}`),
  });

function viewParameters(view: View): string {
  if ("token" in view) return new URLSearchParams({ token: view.token }).toString();
  if ("scopes" in view) return new URLSearchParams({ scopes: view.scopes.join(",") }).toString();
  return "unrestricted=true";
}

export const schemaQuery = (layer: string) =>
  queryOptions({ queryKey: [...keys.layer(layer), "schema"], queryFn: () => readText(`${base(layer)}/schema.graphql`), staleTime: 60_000 });

const base = (layer: string) => `/api/v1/layers/${encodeURIComponent(layer)}`;

async function readText(path: string): Promise<string> {
  const response = await send(path);
  if (!response.ok) throw new ApiError(problemOf(response, await response.json().catch(() => undefined)));
  return response.text();
}

// --- audit log

export type AuditFilter = { actor?: string; action?: string; target?: string; data_layer?: string; from?: string; until?: string };

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.audit, "entries", filter],
    queryFn: ({ pageParam }) => unwrap(client.GET("/api/v1/audit", { params: { query: { ...filter, newest: true, limit: 200, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: { items: Entry[]; next?: string }) => page.next,
  });

export const auditEntryQuery = (sequence: number) =>
  queryOptions({
    queryKey: [...keys.audit, "entry", sequence],
    // The cursor of the page behind an entry is its sequence: one page of one row is the entry itself.
    queryFn: async () => (await unwrap(client.GET("/api/v1/audit", { params: { query: { limit: 1, after: cursor(String(sequence - 1)) } } }))).items[0] ?? null,
    staleTime: Infinity, // entries never change
  });

const cursor = (key: string) => btoa(key).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");

export const verifyQuery = queryOptions({
  queryKey: [...keys.audit, "verify"],
  queryFn: () => unwrap(client.GET("/api/v1/audit/verify")),
  staleTime: 30_000,
});
