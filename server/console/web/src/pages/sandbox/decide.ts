import { Kind, parse, type DocumentNode, type OperationDefinitionNode } from "graphql";
import { send } from "../../api/client";
import { ApiError, problemOf } from "../../api/errors";
import { markDenials, type Denial, type Mark } from "./denials";

export type DecisionSubject = { token_id: string } | { scopes: string[] };

const mostOperations = 10; // of a document that are asked about while it is typed

/** operationsOf is what a document could run; none while it cannot be read. */
export function operationsOf(text: string): { document: DocumentNode; operations: OperationDefinitionNode[] } | undefined {
  try {
    const document = parse(text);
    return { document, operations: document.definitions.filter((d): d is OperationDefinitionNode => d.kind === Kind.OPERATION_DEFINITION) };
  } catch {
    return undefined;
  }
}

/** deniedIn asks the server what of a document a subject would be denied, and marks where that is written. */
export async function deniedIn(layer: string, subject: DecisionSubject, text: string, variables: Record<string, unknown> | undefined): Promise<Mark[]> {
  const read = operationsOf(text);
  if (!read) return [];
  const { document, operations } = read;
  const asked = await Promise.all(
    operations.slice(0, mostOperations).map(async (operation) => {
      const denied = await decide({ data_layer: layer, subject, query: text, operation_name: operation.name?.value, variables });
      return markDenials(document, operation, denied);
    }),
  );
  return asked.flat();
}

async function decide(body: Record<string, unknown>): Promise<Denial[]> {
  const response = await send("/v1/decisions", { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  const answer = (await response.json().catch(() => undefined)) as { denied?: Denial[] } | undefined;
  // Over a limit (400) and undecided (503) are decisions too, without denials.
  if (answer && "decision" in answer) return answer.denied ?? [];
  throw new ApiError(problemOf(response, answer));
}
