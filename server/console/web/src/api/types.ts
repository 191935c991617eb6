import type { Schemas } from "./client";

export type Session = Schemas["Session"];
export type Member = Schemas["Member"];
export type Key = Schemas["Key"];
export type Layer = Schemas["Layer"];
export type Scope = Schemas["Scope"];
export type NewScope = Schemas["NewScope"];
export type Token = Schemas["Token"];
export type Sync = Schemas["Sync"];
export type Step = Schemas["Step"];
export type Revision = Schemas["Revision"];
export type Entry = Schemas["Entry"];
export type Explanation = Schemas["Explanation"];
export type Need = Schemas["Need"];
export type Readers = Schemas["Readers"];

// --- shapes of the console's own routes

export type Argument = { name: string; type: string; covers?: number[]; sensitive?: string };
export type Member_ = { name: string; type?: string; description?: string; covers?: number[]; sensitive?: string; public?: boolean; arguments?: Argument[] };
export type TypeKind = "OBJECT" | "INTERFACE" | "UNION" | "INPUT_OBJECT" | "ENUM" | "SCALAR";
export type CatalogType = {
  name: string;
  kind: TypeKind;
  description?: string;
  source: number;
  covers?: number[];
  sensitive?: string;
  public?: boolean;
  fields?: Member_[];
  values?: Member_[];
  implements?: string[];
};
/** Catalog is a data layer's schema with what each scope covers; `covers` are places in `scopes`. */
export type Catalog = {
  revision: { number: number; digest: string };
  scopes: string[];
  data_sources: { name: string; type: string }[];
  types: CatalogType[];
};

export type Draft = { scope?: string; name: string; description: string; entries: string[]; delete?: boolean };
export type Preview = {
  problems?: { message: string; suggestion?: string; hint?: string; entry?: string }[];
  covered?: string[];
  guards?: { at: string; rule: string; stands_for: string[] }[];
  escapes?: { at: string; kind: string; stands_for: string[] }[];
  yaml: string;
  plan?: {
    opened?: string[];
    restricted?: string[];
    tokens?: { id: string; name: string; gains?: string[]; losses?: string[] }[];
  };
};

export type Matrix = {
  revision: number;
  types: { name: string; source: number; fields: number }[];
  subjects: { scopes: string[]; unrestricted: boolean; tokens: { id: string; name: string }[]; readable: number[] }[];
};

export type Minute = { at: string; allow: number; partial: number; deny: number; error: number };
export type Stats = { from: string; step_seconds: number; minutes: Minute[]; denied: { coordinate: string; count: number; minutes: number[] }[] };
