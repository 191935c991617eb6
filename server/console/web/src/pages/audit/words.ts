import type { Entry } from "../../api/types";

/** targetName is what a change is about, as people call it. */
export const targetName = (target: Entry["target"]) => target.name ?? (target.kind === "sync" || target.kind === "revision" ? target.kind : `${target.kind} ${target.id}`);

/** actorName is who made a change. */
export function actorName(actor: Entry["actor"]): string {
  if (actor.kind === "system") return "the server";
  if (actor.kind === "file") return `file ${actor.name ?? ""}`;
  return actor.name ?? actor.id ?? actor.kind;
}

/**
 * written writes a value as people read it: a line a member, texts of several lines as blocks. It is for eyes and for comparing,
 * and is not read back.
 */
export function written(value: unknown, indent = ""): string[] {
  if (value === null || typeof value !== "object") return [`${indent}${plain(value)}`];
  if (Array.isArray(value)) return value.flatMap((item) => prefixed(`${indent}- `, item, `${indent}  `));
  return Object.entries(value).flatMap(([name, item]) => prefixed(`${indent}${name}: `, item, `${indent}  `));
}

function prefixed(prefix: string, value: unknown, indent: string): string[] {
  if (typeof value === "string" && value.includes("\n")) return [`${prefix}|`, ...value.replace(/\n$/, "").split("\n").map((line) => indent + line)];
  if (value === null || typeof value !== "object") return [prefix + plain(value)];
  const lines = written(value, indent);
  return lines.length === 0 ? [`${prefix}${Array.isArray(value) ? "[]" : "{}"}`] : [prefix.trimEnd(), ...lines];
}

const plain = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
