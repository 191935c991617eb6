import { useMutation } from "@tanstack/react-query";
import type { GraphQLSchema } from "graphql";
import { useCallback, useMemo, useState } from "react";
import { Code } from "../../code/Code";
import type { Choice } from "../../subject/subject";
import { Button } from "../../ui/Button";
import { ErrorBox } from "../../ui/ErrorBox";
import { Choice as Select } from "../../ui/Field";
import { useLatest } from "../../ui/useLatest";
import { DeniedList } from "./DeniedList";
import { deniedIn, operationsOf } from "./decide";
import type { Mark } from "./denials";
import { queryExtensions, resultExtensions, variablesExtensions } from "./extensions";
import { readVariables, runSandbox } from "./run";

type Props = { layer: string; schema: GraphQLSchema; choice: Choice; name: string; query: string; setQuery: (query: string) => void };

/** Bench is the editors, and what the last run answered. */
export function Bench({ layer, schema, choice, name, query, setQuery }: Props) {
  const [variables, setVariables] = useState("");
  const [operation, setOperation] = useState("");
  const [marks, setMarks] = useState<Mark[]>([]);
  const names = useMemo(() => operationsOf(query)?.operations.flatMap((one) => one.name?.value ?? []) ?? [], [query]);
  const chosen = names.length < 2 ? undefined : names.includes(operation) ? operation : names[0];
  const run = useMutation({ mutationFn: () => runSandbox(layer, choice, { query, variables, operationName: chosen }) });
  const start = useLatest(() => run.mutate());
  const vars = useLatest(() => readVariables(variables));
  const denied = useCallback(
    async (text: string) => {
      if (choice.kind === "member") {
        setMarks([]);
        return [];
      }
      const subject = choice.kind === "token" ? { token_id: choice.id } : { scopes: choice.names };
      // What cannot be asked now is not marked; running the query says why.
      const found = await deniedIn(layer, subject, text, vars()).catch(() => []);
      setMarks(found);
      return found;
    },
    [layer, choice, vars],
  );
  const forQuery = useMemo(() => queryExtensions({ schema, run: start, denied }), [schema, start, denied]);
  const forVariables = useMemo(() => variablesExtensions(start), [start]);
  return (
    <>
      <section className="sandbox-pane" aria-label="Query">
        <div className="row sandbox-run">
          <Button look="primary" busy={run.isPending} onClick={() => run.mutate()}>
            Run
          </Button>
          {names.length > 1 && <Select label="Operation" value={chosen ?? ""} onChange={setOperation} options={names.map((value) => ({ value, label: value }))} />}
        </div>
        <Code value={query} onChange={setQuery} extensions={forQuery} label="Query" className="sandbox-query" />
        {choice.kind !== "member" && <DeniedList layer={layer} marks={marks} choice={choice} name={name} />}
        <h2 className="sandbox-title">Variables</h2>
        <Code value={variables} onChange={setVariables} extensions={forVariables} label="Variables, as JSON" className="sandbox-variables" />
      </section>
      <section className="sandbox-pane" aria-label="Answer">
        <div className="row sandbox-run">
          <h2>Answer</h2>
          {run.data && (
            <span className="muted small" role="status">
              {run.data.status} in {run.data.ms.toLocaleString("en")} ms
            </span>
          )}
        </div>
        {run.error && <ErrorBox error={run.error} />}
        <Code value={run.data?.text ?? ""} extensions={resultExtensions} label="Answer" className="sandbox-answer" />
      </section>
    </>
  );
}
