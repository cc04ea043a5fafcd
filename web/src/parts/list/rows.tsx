import { Checkbox, Table, type TableProps } from 'antd';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column } from './column.ts';
import type { Sort } from './list-state.ts';
import type { Density } from './view-settings.tsx';

export interface RowsProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => string;
  readonly density: Density;
  readonly loading: boolean;
  readonly sort: Sort | undefined;
  readonly openId: string | undefined;
  readonly chosen: readonly string[] | undefined;
  onSort(sort: Sort | undefined): void;
  onOpen: ((row: Row) => void) | undefined;
  onChoose(ids: readonly string[]): void;
}

/** Less than this a column without a width of its own is not squeezed to, in pixels. */
const COLUMN_MIN = 160;
const CHOICE_WIDTH = 40;
/** What is no longer than this takes few lines in any column. */
const SHORT_CHARS = 40;

const TABLE_ORDER = { asc: 'ascend', desc: 'descend' } as const;

/** Text of a few lines at most, so that one long name does not push all other rows out of sight; the whole is in its hint. */
const shortened = (value: ReactNode): ReactNode =>
  typeof value === 'string' && value.length > SHORT_CHARS ? (
    <span className="ta-shortened" title={value}>
      {value}
    </span>
  ) : (
    value
  );

/** The rows as a table. Rows can be focused, so that j, k and Enter work on them. */
export function TableRows<Row>(props: RowsProps<Row>) {
  const { columns, idOf, sort, onOpen, openId, chosen } = props;
  const tableColumns = useMemo<NonNullable<TableProps<Row>['columns']>>(
    () =>
      columns.map((column) => ({
        key: column.key,
        title: column.title,
        render: (_: unknown, row: Row) => shortened(column.render(row)),
        ...(column.width ? { width: column.width } : {}),
        ...(column.align ? { align: column.align } : {}),
        ...(column.sortable
          ? {
              sorter: true,
              sortOrder: sort?.key === column.key ? TABLE_ORDER[sort.order] : null,
              showSorterTooltip: false,
            }
          : {}),
      })),
    [columns, sort],
  );
  // Words wrap rather than move out of sight; only what would then be unreadable is scrolled to.
  const least = columns.reduce((sum, { width }) => sum + (width ?? COLUMN_MIN), chosen ? CHOICE_WIDTH : 0);
  return (
    <Table<Row>
      className="ta-table"
      size={props.density}
      columns={tableColumns}
      dataSource={[...props.rows]}
      rowKey={idOf}
      pagination={false}
      sticky={{ offsetHeader: 56 }}
      scroll={{ x: least }}
      tableLayout="auto"
      loading={{ spinning: props.loading, delay: 300 }}
      onRow={(row) => ({
        tabIndex: onOpen ? 0 : undefined,
        className: idOf(row) === openId ? 'ta-row-open' : '',
        onClick: (event) => {
          if (onOpen && !startsInControl(event.target, event.currentTarget)) onOpen(row);
        },
      })}
      {...(chosen
        ? {
            rowSelection: {
              selectedRowKeys: [...chosen],
              preserveSelectedRowKeys: true,
              onChange: (keys) => props.onChoose(keys.map(String)),
            },
          }
        : {})}
      onChange={(_pagination, _filters, sorter) => {
        const one = Array.isArray(sorter) ? sorter[0] : sorter;
        const key = one?.columnKey;
        props.onSort(
          one?.order && key !== undefined
            ? { key: String(key), order: one.order === 'ascend' ? 'asc' : 'desc' }
            : undefined,
        );
      }}
    />
  );
}

/** A click on a link, button or checkbox inside a row is not a click on the row; neither is one in a pop-up of it. */
function startsInControl(target: EventTarget, row: Element): boolean {
  if (!(target instanceof Element) || !row.contains(target)) return true;
  const control = target.closest('a, button, input, label, .ant-checkbox-wrapper, .ant-table-selection-column');
  return control !== null && row.contains(control);
}

/** The rows as cards, for a phone: a title and lines below it. */
export function CardRows<Row>({ columns, rows, idOf, onOpen, chosen, onChoose }: RowsProps<Row>) {
  const { t } = useTranslation();
  const titles = columns.filter(({ phone }) => phone === 'title');
  const heads = titles.length > 0 ? titles : columns.slice(0, 1);
  const lines = columns.filter((column) => column.phone !== 'hidden' && !heads.includes(column));
  return (
    <ul className="ta-cards">
      {rows.map((row) => {
        const id = idOf(row);
        return (
          <li key={id}>
            {chosen && (
              <Checkbox
                aria-label={t('parts.list.choose')}
                checked={chosen.includes(id)}
                onChange={({ target }) =>
                  onChoose(target.checked ? [...chosen, id] : chosen.filter((other) => other !== id))
                }
              />
            )}
            <div className="ta-card-row">
              <div className="ta-card-title">
                {onOpen ? (
                  <button type="button" onClick={() => onOpen(row)}>
                    {heads.map((column) => (
                      <span key={column.key}>{shortened(column.render(row))}</span>
                    ))}
                  </button>
                ) : (
                  heads.map((column) => <span key={column.key}>{shortened(column.render(row))}</span>)
                )}
              </div>
              <dl>
                {lines.map((column) => (
                  <CardLine key={column.key} title={column.title} value={column.render(row)} />
                ))}
              </dl>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

const NOTHING: ReadonlySet<ReactNode> = new Set<ReactNode>([null, undefined, false, '', '—']);

/** What a card says of one column; a column that has nothing to say, or a dash for it, takes no room. */
function CardLine({ title, value }: { title: string; value: ReactNode }) {
  if (NOTHING.has(value)) return null;
  return (
    <div className="ta-card-line">
      <dt>{title}</dt>
      <dd>{value}</dd>
    </div>
  );
}
