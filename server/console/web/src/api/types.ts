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

export type Catalog = Schemas["Catalog"];
export type CatalogType = Schemas["CatalogType"];
export type CatalogField = Schemas["CatalogField"];
export type CatalogValue = Schemas["CatalogValue"];
export type TypeKind = CatalogType["kind"];
export type Draft = Schemas["ScopeDraft"] & { entries: string[] };
export type Preview = Schemas["Preview"];
export type DraftPlan = Schemas["DraftPlan"];
export type DraftToken = Schemas["DraftToken"];
export type Matrix = Schemas["Matrix"];
export type Stats = Schemas["Stats"];
export type Minute = Schemas["StatsMinute"];
