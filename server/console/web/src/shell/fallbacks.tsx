import { Link, useRouter } from "@tanstack/react-router";
import { ErrorBox } from "../ui/ErrorBox";
import { Page } from "../ui/Page";

export function NotFound() {
  return (
    <Page title="There is no such page">
      <p>
        The address may be misspelt, or belong to another release. <Link to="/layers">All data layers</Link> are a good place to begin.
      </p>
    </Page>
  );
}

export function PageError({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <Page title="The page cannot be shown">
      <ErrorBox error={error} retry={() => void router.invalidate()} />
    </Page>
  );
}

/** LostPage and BrokenPage stand where there is no shell around the page. */
export function LostPage() {
  return (
    <main className="main">
      <NotFound />
    </main>
  );
}

export function BrokenPage({ error }: { error: unknown }) {
  return (
    <main className="main">
      <PageError error={error} />
    </main>
  );
}
