import type { Token } from "../api/types";

/** Choice is as whom something is looked at or run: as a member, whom no scope holds back, as a token, or holding some scopes. */
export type Choice = { kind: "member" } | { kind: "token"; id: string } | { kind: "scopes"; names: string[] };

/** parseChoice reads a choice as it stands in an address: "", "token:ID" or "scopes:a,b". */
export function parseChoice(text: string | undefined): Choice {
  if (text?.startsWith("token:")) return { kind: "token", id: text.slice("token:".length) };
  if (text?.startsWith("scopes:")) return { kind: "scopes", names: text.slice("scopes:".length).split(",").filter(Boolean) };
  return { kind: "member" };
}

export function formatChoice(choice: Choice): string | undefined {
  switch (choice.kind) {
    case "member":
      return undefined;
    case "token":
      return `token:${choice.id}`;
    case "scopes":
      return `scopes:${choice.names.join(",")}`;
  }
}

/** rights is what a choice holds; a token that is not there holds nothing. */
export function rights(choice: Choice, tokens: Token[]): { scopes: string[]; unrestricted: boolean } {
  switch (choice.kind) {
    case "member":
      return { scopes: [], unrestricted: true };
    case "scopes":
      return { scopes: choice.names, unrestricted: false };
    case "token": {
      const token = tokens.find((one) => one.id === choice.id);
      return { scopes: token?.scopes.map((scope) => scope.name) ?? [], unrestricted: token?.unrestricted ?? false };
    }
  }
}
