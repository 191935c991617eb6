import { createSortedRowModel, rowSortingFeature, sortFns, tableFeatures, useTable, type ColumnDef } from "@tanstack/react-table";

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });

export type Column<T extends object> = ColumnDef<typeof features, T>;

type Props<T extends object> = {
  caption: string;
  rows: T[];
  columns: Column<T>[];
  rowId: (row: T) => string;
  sort?: { id: string; desc: boolean };
};

const most = 500; // rows that are elements

// The roles repeat what the elements are: on a phone rows are shown as cards, and browsers drop the roles of a table that is not
// displayed as one.

/** Table is a table whose columns sort. Columns and rows must be stable: module scope, state or a memo. */
export function Table<T extends object>({ caption, rows, columns, rowId, sort }: Props<T>) {
  const table = useTable({ features, columns, data: rows, getRowId: rowId, initialState: { sorting: sort ? [sort] : [] } });
  const { rows: sorted } = table.getRowModel();
  const shown = sorted.slice(0, most);
  return (
    <div className="table-frame">
      <table className="table table-cards" role="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead role="rowgroup">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} role="row">
              {group.headers.map((header) => {
                const sorted = header.column.getIsSorted();
                return (
                  <th key={header.id} role="columnheader" scope="col" aria-sort={sorted ? (sorted === "asc" ? "ascending" : "descending") : undefined}>
                    {header.column.getCanSort() ? (
                      <button type="button" className="sort" onClick={header.column.getToggleSortingHandler()}>
                        <table.FlexRender header={header} />
                        <span aria-hidden="true">{sorted === "asc" ? "↑" : sorted === "desc" ? "↓" : ""}</span>
                      </button>
                    ) : (
                      <table.FlexRender header={header} />
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody role="rowgroup">
          {shown.map((row) => (
            <tr key={row.id} role="row">
              {row.getAllCells().map((cell) => (
                <td key={cell.id} role="cell" data-label={label(cell.column.columnDef.header)} className={cell.column.id === "actions" ? "tight" : undefined}>
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {sorted.length > most && (
        <p className="table-more muted small">
          The first {most.toLocaleString("en")} of {sorted.length.toLocaleString("en")} are shown: filter to find the others.
        </p>
      )}
    </div>
  );
}

const label = (header: unknown) => (typeof header === "string" ? header : "");
