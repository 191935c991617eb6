import createClient from "openapi-fetch";
import type { components, paths } from "./schema";
import { ApiError, problemOf } from "./errors";

export type Schemas = components["schemas"];

// The header tells the server that the request comes from its own page: a form on another site cannot send it.
const headers = { "X-Fieldgate-Csrf": "console" };

export const client = createClient<paths>({ headers });

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** unwrap returns what a call answered, or throws an ApiError. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answered(call);
  if (!response.ok) throw new ApiError(problemOf(response, error));
  return data as T;
}

/** answered turns a request that never reached the server into an ApiError as well. */
async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError({ status: 0, code: "UNREACHABLE", title: "The server cannot be reached", detail: "The request did not reach the server." });
  }
}

/** send is for what is not JSON on both sides: SDL, the sandbox's answers. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  return answered(fetch(path, { ...init, headers: { ...headers, ...init.headers } }));
}

/** etag is the ETag of a row, as If-Match wants it. */
export const etag = (row: { version: number }) => `"${row.version}"`;

type Page<T> = { items: T[]; next?: string };

/** everyPage reads a paged list whole. */
export async function everyPage<T>(read: (after: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for (let after: string | undefined, first = true; first || after; first = false) {
    const page = await read(after);
    items.push(...page.items);
    after = page.next;
  }
  return items;
}
