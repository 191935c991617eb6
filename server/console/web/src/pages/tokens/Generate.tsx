import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { client, unwrap } from "../../api/client";
import { keys, scopesQuery } from "../../api/queries";
import type { Scope, Token } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ErrorBox } from "../../ui/ErrorBox";
import { Field } from "../../ui/Field";
import { Loaded } from "../../ui/Loaded";
import { Notice } from "../../ui/Notice";
import { Secret } from "../../ui/Secret";
import { useIdempotencyKey } from "../../ui/useIdempotencyKey";
import { Expiry, expires, type ExpiryChoice } from "../../ui/Expiry";
import { ScopeChoice } from "../../subject/ScopeChoice";

type Form = { name: string; scopes: string[]; unrestricted: boolean; expiry: ExpiryChoice; day: string };
type Made = { token: Token; secret: string };

/** Generate asks what a token is to be, generates it, and shows its secret once. */
export function Generate({ layer, onClose }: { layer: string; onClose: () => void }) {
  const [made, setMade] = useState<Made>();
  if (made) return <Generated layer={layer} made={made} onClose={onClose} />;
  return <GenerateForm layer={layer} onMade={setMade} onClose={onClose} />;
}

function GenerateForm({ layer, onMade, onClose }: { layer: string; onMade: (made: Made) => void; onClose: () => void }) {
  const scopes = useQuery(scopesQuery(layer));
  const form = useForm<Form>({ defaultValues: { name: "", scopes: [], unrestricted: false, expiry: "never", day: "" } });
  const generate = useGenerate(layer, onMade);
  const { errors } = form.formState;
  return (
    <Dialog open onClose={onClose} title="Generate a token" wide>
      <form className="stack" onSubmit={(event) => void form.handleSubmit((values) => generate.mutate(values))(event)} noValidate>
        <Field
          label="Name"
          hint="Which application uses it, as in website or ci."
          error={errors.name?.message}
          autoComplete="off"
          {...form.register("name", { required: "Give it a name", maxLength: { value: 200, message: "A name has at most 200 characters" } })}
        />
        <Loaded query={scopes} what="scopes">
          {(rows) => <Rights form={form} scopes={rows} />}
        </Loaded>
        <Expiry register={form.register} control={form.control} error={errors.day?.message} />
        {generate.error && <ErrorBox error={generate.error} />}
        <div className="row row-end">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={generate.isPending}>
            Generate
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Rights is what the token may read: scopes, or everything, which is an explicit choice (R4). */
function Rights({ form, scopes }: { form: ReturnType<typeof useForm<Form>>; scopes: Scope[] }) {
  const chosen = useWatch({ control: form.control, name: "scopes" });
  const error = form.formState.errors.unrestricted?.message;
  return (
    <>
      <ScopeChoice scopes={scopes} chosen={chosen} onChange={(names) => form.setValue("scopes", names)} />
      {chosen.length === 0 && (
        <Notice tone="warning" title="No scope is chosen: the token would be unrestricted, for ever">
          <p>It reads everything in this data layer, also what scopes restrict later. That cannot be changed afterwards, only revoked.</p>
          <label className="check">
            <input
              type="checkbox"
              aria-describedby={error ? "unrestricted-error" : undefined}
              {...form.register("unrestricted", { validate: (value, values) => value || values.scopes.length > 0 || "Choose scopes, or say here that it is to be unrestricted" })}
            />
            I want an unrestricted token
          </label>
          {error && (
            <span className="field-error" id="unrestricted-error" role="alert">
              {error}
            </span>
          )}
        </Notice>
      )}
    </>
  );
}

/** useGenerate hands the secret to `onMade` and to nothing else: what the mutation keeps is without it. */
function useGenerate(layer: string, onMade: (made: Made) => void) {
  const queries = useQueryClient();
  const key = useIdempotencyKey();
  return useMutation({
    mutationFn: async (form: Form) => {
      const { token, secret } = await unwrap(
        client.POST("/api/v1/layers/{layer}/tokens", {
          params: { path: { layer }, header: { "Idempotency-Key": key } },
          body: { name: form.name.trim(), scopes: form.scopes, unrestricted: form.scopes.length === 0 && form.unrestricted, expires: expires(form.expiry, form.day) },
        }),
      );
      onMade({ token, secret: secret ?? "" });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.layer(layer) }),
  });
}

function Generated({ layer, made, onClose }: { layer: string; made: Made; onClose: () => void }) {
  if (made.secret === "") {
    return (
      <Dialog open onClose={onClose} title="The token was generated before">
        <p>The request reached the server twice. Its secret was in the first answer, which did not arrive here: revoke {made.token.name} and generate another.</p>
        <div className="row row-end">
          <Button onClick={onClose}>Close</Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Secret title={`The secret of ${made.token.name}`} secret={made.secret} variable="DATA_LAYER_API_TOKEN" onClose={onClose}>
      <details>
        <summary>Try it</summary>
        <pre className="code code-wrap">{`curl -H "Authorization: Bearer $DATA_LAYER_API_TOKEN" -H 'Content-Type: application/json' \\\n  "$PUBLIC_URL/layers/${layer}" -d '{"query": "{ __typename }"}'`}</pre>
      </details>
    </Secret>
  );
}
