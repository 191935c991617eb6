import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { client, unwrap } from "../../api/client";
import { keys } from "../../api/queries";
import { takeLink } from "../../shell/link";
import { Button } from "../../ui/Button";
import { ErrorBox } from "../../ui/ErrorBox";
import { Loading } from "../../ui/Loaded";
import "./sign-in.css";

/** SignIn exchanges a member key, or the code of a one-time link, for a session. */
export function SignIn() {
  const [key, setKey] = useState("");
  const signIn = useSignIn();
  const link = useLink(signIn.mutate);
  useEffect(() => {
    document.title = "Sign in · Fieldgate";
  }, []);
  return (
    <main className="sign-in">
      <div className="card stack sign-in-card">
        <div className="sign-in-brand">
          <img src="/favicon.svg" alt="" width="36" height="36" />
          <h1>Sign in to Fieldgate</h1>
        </div>
        {link && signIn.isPending ? (
          <Loading what="your session" />
        ) : (
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              signIn.mutate({ key: key.trim() }, { onSettled: () => setKey("") });
            }}
          >
            <label className="field">
              <span className="field-label">Member key</span>
              <input className="input mono" type="password" value={key} onChange={(event) => setKey(event.target.value)} autoComplete="off" spellCheck={false} required placeholder="fgm_…" />
            </label>
            {signIn.error && <ErrorBox error={signIn.error} />}
            {signIn.error && link && <p>A one-time link works once, and for five minutes. Ask for another: it is printed by <code>fieldgate console</code>.</p>}
            <Button type="submit" look="primary" busy={signIn.isPending}>
              Sign in
            </Button>
          </form>
        )}
        <div className="stack-small small muted">
          <p>
            A key needs the permission <code>admin</code>. <code>fieldgate init</code> prints the first owner’s; an owner generates others under Members and keys.
          </p>
          <p>
            With a key in <code>FIELDGATE_KEY</code>, <code>fieldgate console</code> prints a link that signs in by itself.
          </p>
        </div>
      </div>
    </main>
  );
}

type Credential = { key: string } | { link: string };

function useSignIn() {
  const queries = useQueryClient();
  const router = useRouter();
  const { next } = useSearch({ from: "/sign-in" });
  return useMutation({
    mutationFn: (credential: Credential) => unwrap(client.POST("/api/v1/session", { body: credential })),
    onSuccess: (session) => {
      queries.clear();
      queries.setQueryData(keys.session, session);
      // Only an address of this console: a full one would lead elsewhere.
      const target = next?.startsWith("/") && !next.startsWith("//") ? next : "/layers";
      router.history.replace(target);
    },
  });
}

/** useLink signs in with the one-time link that the page was opened with, and returns whether there was one. */
function useLink(signIn: (credential: Credential) => void): boolean {
  const [code] = useState(takeLink);
  const used = useRef(false);
  useEffect(() => {
    if (code === "" || used.current) return;
    used.current = true;
    signIn({ link: code });
  }, [code, signIn]);
  return code !== "";
}
