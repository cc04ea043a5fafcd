import { Grid } from 'antd';
import type { ReactNode } from 'react';
import type { Column } from './column.ts';
import type { Sort } from './list-state.ts';
import { CardRows, TableRows } from './rows.tsx';

interface SimpleTableProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => string;
  onOpen?: (row: Row) => void;
  /** How the rows are sorted already, where columns can be sorted by. */
  readonly sort?: Sort | undefined;
  onSort?: (sort: Sort | undefined) => void;
  /** Ids of the rows that are chosen, where rows can be. */
  readonly chosen?: readonly string[] | undefined;
  onChoose?: (ids: readonly string[]) => void;
  /** Shown instead of no rows. */
  readonly empty: ReactNode;
}

const nothing = () => undefined;

/** A short table inside a detail or card, with the same columns as a list but no address, search or pages. */
export function SimpleTable<Row>({
  columns,
  rows,
  idOf,
  onOpen,
  sort,
  onSort,
  empty,
  ...choice
}: SimpleTableProps<Row>) {
  const wide = Grid.useBreakpoint().md ?? true;
  if (rows.length === 0) return empty;
  const Rows = wide ? TableRows : CardRows;
  return (
    <Rows<Row>
      columns={columns.filter(({ hidden }) => !hidden)}
      rows={rows}
      idOf={idOf}
      density="small"
      loading={false}
      sort={sort}
      openId={undefined}
      chosen={choice.chosen}
      onSort={onSort ?? nothing}
      onOpen={onOpen}
      onChoose={choice.onChoose ?? nothing}
    />
  );
}
