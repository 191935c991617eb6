import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Page } from "../../ui/Page";
import { AtCoordinate } from "./AtCoordinate";
import { AsSubject } from "./AsSubject";
import { Matrix } from "./Matrix";
import "./access.css";

const tabs = [
  { tab: undefined, name: "A coordinate" },
  { tab: "token", name: "A token" },
  { tab: "matrix", name: "Tokens × types" },
];

export type AccessSearch = { tab?: string; at?: string; as?: string; q?: string };
export type SetAccess = (change: AccessSearch) => void;

/** Access answers who can read what, from either side. */
export function Access() {
  const { layer } = useParams({ from: "/shell/layers/$layer/access" });
  const search = useSearch({ from: "/shell/layers/$layer/access" });
  const navigate = useNavigate({ from: "/layers/$layer/access" });
  const set: SetAccess = (change) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true });
  return (
    <Page title="Who can read what" lead="What is in force now, as the server decides it: by field, by token, and all at once.">
      <nav className="tabs" aria-label="Views">
        {tabs.map(({ tab, name }) => (
          <Link key={name} className="tab" to="/layers/$layer/access" params={{ layer }} search={{ ...search, tab }} activeOptions={{ exact: true }}>
            {name}
          </Link>
        ))}
      </nav>
      {search.tab === "matrix" ? (
        <Matrix layer={layer} q={search.q ?? ""} set={set} />
      ) : search.tab === "token" ? (
        <AsSubject layer={layer} as={search.as} set={set} />
      ) : (
        <AtCoordinate key={search.at} layer={layer} at={search.at} as={search.as} set={set} />
      )}
    </Page>
  );
}
