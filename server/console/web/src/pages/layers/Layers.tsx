import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { layersQuery } from "../../api/queries";
import type { Layer } from "../../api/types";
import { Badge } from "../../ui/Badge";
import { Empty } from "../../ui/Empty";
import { Loaded } from "../../ui/Loaded";
import { Page } from "../../ui/Page";
import { Table, type Column } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { shortDigest } from "../../ui/text";

export function Layers() {
  const layers = useQuery(layersQuery);
  return (
    <Page title="Data layers" lead="Each is one GraphQL API that Fieldgate guards, with its own schema, API scopes and API tokens.">
      <Loaded query={layers} what="data layers">
        {(rows) => (rows.length === 0 ? <NoLayers /> : <LayerTable rows={rows} />)}
      </Loaded>
    </Page>
  );
}

function LayerTable({ rows }: { rows: Layer[] }) {
  const columns = useMemo<Column<Layer>[]>(
    () => [
      {
        id: "name",
        header: "Name",
        accessorFn: (layer) => layer.name,
        cell: ({ row }) => (
          <Link to="/layers/$layer" params={{ layer: row.original.name }}>
            <strong>{row.original.name}</strong>
          </Link>
        ),
      },
      {
        id: "revision",
        header: "Active revision",
        accessorFn: (layer) => layer.active?.number ?? 0,
        cell: ({ row }) => <Active layer={row.original} />,
      },
      { id: "owner", header: "Owned by", accessorFn: (layer) => layer.file ?? "", cell: ({ row }) => (row.original.file ? <code>{row.original.file}</code> : "the API") },
      { id: "created", header: "Created", accessorFn: (layer) => layer.created, cell: ({ row }) => <Time at={row.original.created} /> },
    ],
    [],
  );
  return <Table caption="Data layers" rows={rows} columns={columns} rowId={(layer) => layer.id} sort={{ id: "name", desc: false }} />;
}

function Active({ layer }: { layer: Layer }) {
  if (!layer.active) return <Badge tone="danger">none: it answers nothing</Badge>;
  return (
    <span className="row">
      {layer.active.number} <code className="muted">{shortDigest(layer.active.digest)}</code>
      {layer.pinned !== undefined && <Badge tone="warning">pinned to {layer.pinned}</Badge>}
    </span>
  );
}

function NoLayers() {
  return (
    <Empty title="No data layer yet">
      <p>
        A data layer says where a GraphQL API is, what its schema is, and how it is guarded. Keep it in a repository and apply it, or make one with the command
        line:
      </p>
      <pre className="code">{`fieldgate apply ./access\nfieldgate layer create --definition shop/layer.yaml --schema shop/schema.graphql`}</pre>
      <p>
        In <code>layer.yaml</code> only the name is required: <code>data_layer: shop</code>.
      </p>
    </Empty>
  );
}
