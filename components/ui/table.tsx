"use client";

import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";
import { LiveButton } from "#components/ui/live-button.tsx";
import { VisuallyHidden } from "#components/ui/visually-hidden.tsx";

/** Which column orders the rows, and which way. */
export type Sort<Key extends string = string> = { key: Key; direction: "ascending" | "descending" };

/** One column; the cell's label is repeated on cards, where the head is not shown. */
export type Column<Row, Key extends string = string> = {
  key: Key;
  header: string;
  cell(row: Row): ReactNode;
  isSortable?: boolean;
  /** The heading is for screen readers alone (a column of actions). */
  isHeaderHidden?: boolean;
  className?: string;
};

type TableProps<Row, Key extends string> = {
  caption: string;
  columns: readonly Column<Row, Key>[];
  rows: readonly Row[];
  rowKey(row: Row): string;
  sort?: Sort<NoInfer<Key>>;
  onSort?(sort: Sort<Key>): void;
};

/** Rows under a head that stays in sight; where there is no room for that each row is a card. Arrow keys go from row to row. */
export function Table<Row, Key extends string>({ caption, columns, rows, rowKey, sort, onSort }: TableProps<Row, Key>) {
  return (
    <div className="card data-table-frame overflow-clip">
      <table className="data-table">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                aria-sort={sort?.key === column.key ? sort.direction : undefined}
                className={column.className}
              >
                <Heading column={column} sort={sort} onSort={onSort} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={moveBetweenRows}>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column, index) => (
                <td key={column.key} className={column.className}>
                  {index > 0 && !column.isHeaderHidden && (
                    <span aria-hidden className="data-table-label">
                      {column.header}
                    </span>
                  )}
                  <div className="min-w-0">{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading<Row, Key extends string>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row, Key>;
  sort?: Sort<Key>;
  onSort?(sort: Sort<Key>): void;
}) {
  if (column.isHeaderHidden) return <VisuallyHidden>{column.header}</VisuallyHidden>;
  if (!column.isSortable || !onSort) return column.header;
  const direction = sort?.key === column.key ? sort.direction : undefined;
  const Icon = direction === "ascending" ? ArrowUp : direction === "descending" ? ArrowDown : ChevronsUpDown;
  return (
    <LiveButton
      onClick={() => onSort({ key: column.key, direction: direction === "ascending" ? "descending" : "ascending" })}
      className="-mx-1.5 inline-flex items-center gap-1 rounded-control px-1.5 py-1 hover:bg-hover hover:text-ink"
    >
      {column.header}
      <Icon aria-hidden className={direction ? "size-3.5 text-ink" : "size-3.5"} />
    </LiveButton>
  );
}

// The focus goes to the same place of the next row: its first link that leads into the row.
function moveBetweenRows(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = (event.target as HTMLElement).closest("tr");
  if (!step || !row) return;
  const next = step === 1 ? row.nextElementSibling : row.previousElementSibling;
  const link = next?.querySelector<HTMLElement>("a[href]");
  if (!link) return;
  event.preventDefault();
  link.focus();
}
