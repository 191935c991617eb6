import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { buildSchema, type GraphQLSchema } from "graphql";
import { useMemo, useState } from "react";
import { schemaQuery, tokensQuery } from "../../api/queries";
import { SubjectPicker } from "../../subject/SubjectPicker";
import { formatChoice, parseChoice, type Choice } from "../../subject/subject";
import { Button } from "../../ui/Button";
import { Copy } from "../../ui/Copy";
import { ErrorBox } from "../../ui/ErrorBox";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { Bench } from "./Bench";
import { Docs } from "./Docs";
import "./sandbox.css";
import { starter } from "./starter";

/** Sandbox runs queries on a data layer: as a member, whom neither tokens nor scopes hold back, or as somebody who has them (R7). */
export function Sandbox() {
  const { layer } = useParams({ from: "/shell/layers/$layer/sandbox" });
  const sdl = useQuery(schemaQuery(layer));
  const built = useMemo(() => sdl.data && build(sdl.data), [sdl.data]);
  return (
    <Page title="Sandbox" lead="Queries only, and every run is in the log. As a member, tokens and scopes do not apply; as a token or a holder of scopes, what is denied is underlined while you type.">
      <Loaded query={sdl} what="the schema">
        {() => built && (built.schema ? <Ready layer={layer} schema={built.schema} /> : <ErrorBox error={built.error} />)}
      </Loaded>
    </Page>
  );
}

function build(sdl: string): { schema?: GraphQLSchema; error?: unknown } {
  try {
    return { schema: buildSchema(sdl, { assumeValid: true }) }; // the server has validated it
  } catch (error) {
    return { error };
  }
}

function Ready({ layer, schema }: { layer: string; schema: GraphQLSchema }) {
  const search = useSearch({ from: "/shell/layers/$layer/sandbox" });
  const navigate = useNavigate({ from: "/layers/$layer/sandbox" });
  const tokens = useQuery(tokensQuery(layer));
  const [query, setQuery] = useState(() => search.query ?? starter(schema));
  const [docs, setDocs] = useState(false);
  const choice = useMemo(() => parseChoice(search.as), [search.as]);
  const choose = (next: Choice) => void navigate({ search: (old) => ({ ...old, as: formatChoice(next) }), replace: true });
  const link = `${window.location.origin}/layers/${encodeURIComponent(layer)}/sandbox?${new URLSearchParams({ ...(search.as && { as: search.as }), query }).toString()}`;
  return (
    <>
      <div className="spread">
        <SubjectPicker layer={layer} choice={choice} onChange={choose} label="Run" member="as a member: nothing is denied" />
        <div className="row">
          <Copy text={link} what="to this query" label="Copy link" />
          <Button small aria-expanded={docs} onClick={() => setDocs(!docs)}>
            {docs ? "Hide the schema" : "Show the schema"}
          </Button>
        </div>
      </div>
      <div className={docs ? "sandbox sandbox-docs" : "sandbox"}>
        {docs && <Docs schema={schema} />}
        <Bench layer={layer} schema={schema} choice={choice} name={nameOf(choice, tokens.data)} query={query} setQuery={setQuery} />
      </div>
    </>
  );
}

function nameOf(choice: Choice, tokens: { id: string; name: string }[] | undefined): string {
  if (choice.kind === "member") return "a member";
  if (choice.kind === "token") return tokens?.find((token) => token.id === choice.id)?.name ?? "the token";
  return choice.names.length === 0 ? "a holder of no scope" : `a holder of ${choice.names.join(", ")}`;
}
