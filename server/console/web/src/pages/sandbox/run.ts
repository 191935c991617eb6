import { send } from "../../api/client";
import { ApiError, problemOf } from "../../api/errors";
import type { Choice } from "../../subject/subject";

export type Run = { status: number; ms: number; text: string };

type Operation = { query: string; variables: string; operationName: string | undefined };

/** runSandbox runs an operation and returns the answer, laid out. What is no GraphQL answer is thrown. */
export async function runSandbox(layer: string, choice: Choice, operation: Operation): Promise<Run> {
  const started = performance.now();
  const response = await send(`/api/v1/layers/${encodeURIComponent(layer)}/sandbox`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json;q=0.9" },
    body: JSON.stringify({ query: operation.query, operationName: operation.operationName, variables: parseVariables(operation.variables), as: asOf(choice) }),
  });
  const text = await response.text();
  const ms = Math.round(performance.now() - started);
  if (response.headers.get("Content-Type")?.includes("problem")) throw new ApiError(problemOf(response, tryParse(text)));
  return { status: response.status, ms, text: laidOut(text) };
}

function asOf(choice: Choice) {
  switch (choice.kind) {
    case "member":
      return undefined;
    case "token":
      return { token_id: choice.id };
    case "scopes":
      return { scopes: choice.names };
  }
}

function parseVariables(text: string): Record<string, unknown> | undefined {
  if (text.trim() === "") return undefined;
  const read = readVariables(text);
  if (read) return read;
  throw new ApiError({ status: 0, code: "BAD_VARIABLES", title: "The variables cannot be read", detail: "Variables are a JSON object, as in {\"first\": 10}." });
}

/** readVariables returns variables, or undefined when the text is not a JSON object. */
export function readVariables(text: string): Record<string, unknown> | undefined {
  const value = tryParse(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function laidOut(text: string): string {
  const value = tryParse(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
