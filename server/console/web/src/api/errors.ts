/** Problem is what the server says went wrong (RFC 9457). */
export type Problem = {
  status: number;
  code: string;
  title: string;
  detail?: string;
  pointer?: string;
  suggestion?: string;
  request_id?: string;
  errors?: { pointer: string; detail: string; hint?: string }[];
};

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
}

/** problemOf reads the problem that an answer carries; a proxy in between may answer with something else. */
export function problemOf(response: Response, body: unknown): Problem {
  if (isProblem(body)) return body;
  return {
    status: response.status,
    code: "UNKNOWN",
    title: response.statusText || "The request failed",
    detail: "The answer is none of the server's own. A proxy may stand in between.",
    request_id: response.headers.get("X-Request-Id") ?? undefined,
  };
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "status" in body && "code" in body && "title" in body;
}

// What a person can do about a problem. What the server says in `detail` is the cause.
const remedies: Record<string, string> = {
  UNREACHABLE: "Check that the server runs and that this device reaches it, then try again.",
  UNAUTHENTICATED: "Sign in again: the session has ended, or its key was revoked.",
  FORBIDDEN: "Ask an owner of the team to do it, or to change your role.",
  CROSS_SITE_REQUEST: "Open the console at the server's own address and try again.",
  NOT_FOUND: "It may have been deleted meanwhile. Go back to the list.",
  STALE: "Somebody changed it meanwhile. Load it again, then repeat your change.",
  IF_MATCH_REQUIRED: "Load the page again, then repeat your change.",
  FILE_OWNED: "Change the file in the access repository: it is what decides.",
  NAME_TAKEN: "Choose another name.",
  BAD_NAME: "Choose a name of 1 to 200 characters that print.",
  BAD_EXPIRY: "Choose a day in the future.",
  BAD_SCOPE: "Correct the entries that are marked.",
  NO_REVISION: "Look at the data layer's last sync: it says what to correct.",
  UNMATCHED_ENTRY: "Correct the entries that match nothing, or wait for the schema that has what they name.",
  UNKNOWN_SCOPE: "The scope was deleted or renamed meanwhile: load the page again.",
  NO_SCHEMA: "Start a sync, or apply the files with a schema.",
  LAST_OWNER: "Make somebody else an owner first: a team without one could not be administered.",
  TOO_MANY_FAILURES: "Too many keys were wrong. Wait a minute, then try again.",
  NOT_IN_TIME: "The server is busy. Try again in a moment.",
  STORE_FULL: "The server's disk is full: make room on it, then try again.",
};

const byStatus: Record<number, string> = {
  403: remedies.FORBIDDEN!,
  404: remedies.NOT_FOUND!,
  409: "Load the page again to see how things stand now.",
  412: remedies.STALE!,
  413: "Make it smaller.",
  429: remedies.TOO_MANY_FAILURES!,
  503: remedies.NOT_IN_TIME!,
  507: remedies.STORE_FULL!,
};

/** remedy is what to do about a problem. */
export function remedy(p: Problem): string {
  if (p.suggestion) return `Did you mean “${p.suggestion}”?`;
  return remedies[p.code] ?? byStatus[p.status] ?? (p.status >= 500 ? "Try again. If it stays, look for the request’s id in the server’s log." : "Correct the request and try again.");
}

export function problemFrom(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  return { status: 0, code: "CONSOLE", title: "The console made a mistake", detail: error instanceof Error ? error.message : String(error) };
}

export const isStatus = (error: unknown, status: number) => error instanceof ApiError && error.problem.status === status;
