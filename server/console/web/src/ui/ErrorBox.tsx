import { problemFrom, remedy } from "../api/errors";
import { Button } from "./Button";
import { Notice } from "./Notice";

/** ErrorBox says what went wrong, where, and what to do about it. */
export function ErrorBox({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = problemFrom(error);
  return (
    <Notice tone="danger" title={problem.title} live>
      {problem.detail && <p>{sentence(problem.detail)}</p>}
      {problem.errors && (
        <ul>
          {problem.errors.map((place) => (
            <li key={place.pointer + place.detail}>
              <code>{place.pointer}</code> {place.detail}
              {place.hint && <span className="muted"> ({place.hint})</span>}
            </li>
          ))}
        </ul>
      )}
      <p>{remedy(problem)}</p>
      <p className="small muted">
        {problem.code}
        {problem.request_id && <> · request {problem.request_id}</>}
      </p>
      {retry && (
        <div>
          <Button small onClick={retry}>
            Try again
          </Button>
        </div>
      )}
    </Notice>
  );
}

/** sentence makes one of what the server says, which begins with a small letter and has no full stop. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
