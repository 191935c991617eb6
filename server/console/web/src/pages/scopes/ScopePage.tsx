import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { scopeQuery } from "../../api/queries";
import { useMay } from "../../shell/session";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { Editor } from "./Editor";
import "./scopes.css";

export function NewScopePage() {
  const { layer } = useParams({ from: "/shell/layers/$layer/scopes/new" });
  return <Editor layer={layer} title="Create a scope" readOnly={!useMay()("scope.create")} />;
}

export function ScopePage() {
  const { layer, scope } = useParams({ from: "/shell/layers/$layer/scopes/$scope" });
  const row = useQuery(scopeQuery(layer, scope));
  const may = useMay();
  if (row.data === undefined) {
    return (
      <Page title="API scope">
        <Loaded query={row} what="the scope">
          {() => null}
        </Loaded>
      </Page>
    );
  }
  const readOnly = row.data.file !== undefined || !may("scope.update");
  // A scope that is loaded again after it was saved begins a new editor, with what was saved.
  return <Editor key={`${row.data.id} ${row.data.version}`} layer={layer} scope={row.data} title={row.data.name} readOnly={readOnly} />;
}
