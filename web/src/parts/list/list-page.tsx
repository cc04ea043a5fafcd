import { App, Button, Drawer, Grid, type InputRef, Pagination, Skeleton } from 'antd';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ApiError, api, type Query } from '../../api/client.ts';
import { useErrorText } from '../../api/error-text.ts';
import { type Paged, useGet } from '../../api/hooks.ts';
import { AppLink, useGo } from '../../shell/link.tsx';
import { useLive } from '../../shell/live.ts';
import { useMay } from '../../shell/session.tsx';
import { EmptyState } from '../empty-state.tsx';
import { ErrorState } from '../error-state.tsx';
import { PageHeader } from '../page-header.tsx';
import { useFormat } from '../time.ts';
import { useViews } from '../views/use-views.ts';
import { ViewsMenu } from '../views/views-menu.tsx';
import type { BulkAction, Column, Filter } from './column.ts';
import { ExportButton } from './export-button.tsx';
import { ExportShown } from './export-shown.tsx';
import { Filters } from './filters.tsx';
import { useListKeys } from './keys.ts';
import { type ListState, PAGE_SIZES, type Sort, useListState } from './list-state.ts';
import { CardRows, TableRows } from './rows.tsx';
import { ColumnChooser, DensitySwitch, useDensity, useShownColumns } from './view-settings.tsx';

export interface ListPageProps<Row, Answered extends Paged<Row> = Paged<Row>> {
  /** Name under which this browser keeps columns, and the platform views: `orders`. */
  readonly name: string;
  /** Without it the list stands inside another page and has no header. */
  readonly title?: ReactNode;
  readonly hint?: ReactNode;
  /** Endpoint answering `{ items, total }` to page, pageSize, sort, order, q and the filters. */
  readonly url: string;
  /** Always sent. Keep it outside the component or memoize it. */
  readonly fixedQuery?: Query;
  readonly idOf: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
  /** Keep outside the component or memoize. */
  readonly filters?: readonly Filter[];
  /** Placeholder of the search box (`q` in the address); without it there is none. */
  readonly search?: string;
  /** What the endpoint calls the search. Default `search`. */
  readonly searchName?: string;
  readonly defaultSort?: Sort;
  /** Details of one row, shown in a drawer. */
  readonly detail?: (id: string) => ReactNode;
  /** The page of one row: the drawer links to it; without `detail` a click goes there. */
  readonly hrefOf?: (id: string) => string;
  readonly bulk?: readonly BulkAction<Row>[];
  /** Endpoint of the export; gets the same query. Without one the columns shown are kept as a sheet. */
  readonly exportUrl?: string;
  readonly exportPermission?: string;
  /** Buttons of the header. */
  readonly actions?: ReactNode;
  /** Between header and filters: counters, notices, a chart. */
  readonly above?: ReactNode;
  /** What the answer says besides its items, above the rows. */
  notes?(answer: Answered): ReactNode;
  readonly empty: EmptyText;
  /** Where an answer itself says why nothing is there. */
  emptyBecause?(answer: Answered): EmptyText | undefined;
  /** What to do where nothing fits the filters. Default: loosen them. */
  readonly noMatchHint?: ReactNode;
  /** Topic of the server's changes (`order`) after which the list is read again. */
  readonly live?: string;
}

interface EmptyText {
  readonly title: ReactNode;
  readonly hint?: ReactNode;
  readonly action?: ReactNode;
}

const NO_FILTERS: readonly Filter[] = [];
const NO_QUERY: Query = {};
const NO_BULK: readonly BulkAction<never>[] = [];

/** A list as the whole console has it; everything about it stands in the address. */
export function ListPage<Row, Answered extends Paged<Row> = Paged<Row>>(props: ListPageProps<Row, Answered>) {
  const { filters = NO_FILTERS, fixedQuery = NO_QUERY, name, columns, idOf } = props;
  const state = useListState(filters, fixedQuery, props.defaultSort, props.searchName ?? 'search');
  const views = useViews(name, state.url, props.title !== undefined);
  const answer = useGet<Answered>(views.waiting ? null : props.url, state.query, { keepPrevious: true });
  useLive(props.live ?? '', [props.url]);
  const wide = Grid.useBreakpoint().md ?? true;
  const searchRef = useRef<InputRef>(null);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const { shown, hidden, change } = useShownColumns(name, columns);
  const [density, setDensity] = useDensity();
  const rows = answer.data?.items ?? [];
  const bulk = usePermitted(props.bulk ?? NO_BULK);
  const known = useRowsSeen(rows, idOf);
  const opening = useOpening(props, state);
  const areaRef = useListKeys({ state, ids: rows.map(idOf), searchRef, onOpen: opening });

  return (
    <div className="ta-list" ref={areaRef}>
      {props.title && <PageHeader title={props.title} hint={props.hint} actions={props.actions} />}
      {props.above && <div className="ta-above">{props.above}</div>}
      <div className="ta-list-card">
        <div className="ta-toolbar">
          <Filters filters={filters} state={state} search={props.search} searchRef={searchRef} />
          <div className="ta-toolbar-end">
            <ViewsMenu views={views} />
            {wide && <ColumnChooser columns={columns} hidden={hidden} onChange={change} />}
            {wide && <DensitySwitch density={density} onChange={setDensity} />}
            {props.exportUrl ? (
              <ExportButton url={props.exportUrl} permission={props.exportPermission} query={state.query} />
            ) : (
              rows.length > 0 && (
                <ExportShown
                  name={name}
                  columns={shown}
                  idOf={idOf}
                  load={(page, signal) => api.get<Paged<Row>>(props.url, { ...state.query, ...page }, signal)}
                />
              )
            )}
          </div>
        </div>
        <BulkBar actions={bulk} known={known} chosen={chosen} onChoose={setChosen} />
        {answer.data && props.notes?.(answer.data)}
        <ListBody
          props={props}
          state={state}
          rows={rows}
          pending={answer.isPending}
          refreshing={answer.isPlaceholderData}
          error={answer.error}
          retry={answer.refetch}
          columns={shown}
          density={density}
          chosen={bulk.length > 0 ? chosen : undefined}
          onChoose={setChosen}
          onOpen={opening}
          because={answer.data && props.emptyBecause?.(answer.data)}
        />
        <Pages total={answer.data?.total ?? 0} state={state} />
      </div>
      <DetailDrawer props={props} state={state} />
    </div>
  );
}

/** Actions that this person may take. */
function usePermitted<Row>(actions: readonly BulkAction<Row>[]): readonly BulkAction<Row>[] {
  const may = useMay();
  return actions.filter(({ permission }) => permission === undefined || may(permission));
}

/** Rows that were shown, by their ids: what was chosen on one page is still meant on the next. */
function useRowsSeen<Row>(rows: readonly Row[], idOf: (row: Row) => string): ReadonlyMap<string, Row> {
  const seen = useRef(new Map<string, Row>());
  for (const row of rows) seen.current.set(idOf(row), row);
  return seen.current;
}

/** What a click on a row does: open the drawer, go to its page, or nothing. */
function useOpening<Row>({ detail, hrefOf }: ListPageProps<Row>, state: ListState): ((id: string) => void) | undefined {
  const { patch } = state;
  const go = useRowGo(hrefOf);
  const open = useCallback((id: string) => patch({ open: id }, 'push'), [patch]);
  return detail ? open : go;
}

function useRowGo(hrefOf: ((id: string) => string) | undefined): ((id: string) => void) | undefined {
  const go = useGo();
  return hrefOf && ((id) => go(hrefOf(id)));
}

interface BodyProps<Row> {
  readonly props: ListPageProps<Row>;
  readonly state: ListState;
  readonly rows: readonly Row[];
  readonly pending: boolean;
  readonly refreshing: boolean;
  readonly error: ApiError | null;
  readonly columns: readonly Column<Row>[];
  readonly density: 'small' | 'middle';
  /** Why nothing is there, whatever the filters. */
  readonly because: EmptyText | undefined;
  /** Undefined: nothing can be done with several rows. */
  readonly chosen: readonly string[] | undefined;
  retry(): unknown;
  onChoose(ids: readonly string[]): void;
  readonly onOpen: ((id: string) => void) | undefined;
}

function ListBody<Row>(body: BodyProps<Row>) {
  const { t } = useTranslation();
  const wide = Grid.useBreakpoint().md ?? true;
  const { props, state, rows, onOpen } = body;
  if (body.pending) return <Skeleton active title={false} paragraph={{ rows: 10, width: '100%' }} />;
  if (body.error && rows.length === 0) return <ErrorState error={body.error} retry={body.retry} />;
  if (rows.length === 0 && body.because) return <EmptyState {...body.because} />;
  if (rows.length === 0 && state.narrowed) {
    return (
      <EmptyState
        title={t('parts.list.noMatch')}
        hint={props.noMatchHint ?? t('parts.list.noMatchHint')}
        action={<Button onClick={state.clear}>{t('parts.list.clear')}</Button>}
      />
    );
  }
  if (rows.length === 0) return <EmptyState {...props.empty} />;
  const Rows = wide ? TableRows : CardRows;
  return (
    <Rows<Row>
      columns={body.columns}
      rows={rows}
      idOf={props.idOf}
      density={body.density}
      loading={body.refreshing}
      sort={state.sort}
      openId={state.open}
      chosen={body.chosen}
      onSort={(sort) => state.patch({ sort: sort?.key, order: sort?.order, page: undefined })}
      onOpen={onOpen && ((row) => onOpen(props.idOf(row)))}
      onChoose={body.onChoose}
    />
  );
}

function Pages({ total, state }: { total: number; state: ListState }) {
  const { t } = useTranslation();
  const format = useFormat();
  const wide = Grid.useBreakpoint().md ?? true;
  if (total === 0) return null;
  return (
    <Pagination
      className="ta-pages"
      size="small"
      simple={!wide}
      current={state.page}
      pageSize={state.pageSize}
      total={total}
      pageSizeOptions={PAGE_SIZES}
      showSizeChanger={wide && total > Number(PAGE_SIZES[0])}
      showTotal={() => t('parts.list.total', { total: format.number(total) })}
      onChange={(page, pageSize) =>
        state.patch({ page: page === 1 ? undefined : String(page), pageSize: String(pageSize) })
      }
    />
  );
}

function BulkBar<Row>(props: {
  actions: readonly BulkAction<Row>[];
  known: ReadonlyMap<string, Row>;
  chosen: readonly string[];
  onChoose(ids: readonly string[]): void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [busy, setBusy] = useState<string>();
  const { chosen, onChoose } = props;
  if (chosen.length === 0) return null;
  const run = async (action: BulkAction<Row>) => {
    setBusy(action.key);
    try {
      await action.run(chosen.flatMap((id) => props.known.get(id) ?? []));
      onChoose([]);
    } catch (error) {
      void message.error(errorText(error));
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <div className="ta-bulk" role="toolbar" aria-label={t('parts.list.bulk')}>
      <span>{t('parts.list.chosen', { count: chosen.length })}</span>
      {props.actions.map((action) => (
        <Button
          key={action.key}
          size="small"
          danger={action.danger ?? false}
          loading={busy === action.key}
          onClick={() => void run(action)}
        >
          {action.label}
        </Button>
      ))}
      <Button size="small" type="text" onClick={() => onChoose([])}>
        {t('parts.list.unchoose')}
      </Button>
    </div>
  );
}

function DetailDrawer<Row>({ props, state }: { props: ListPageProps<Row>; state: ListState }) {
  const { t } = useTranslation();
  const { open, patch } = state;
  const { detail, hrefOf } = props;
  if (!detail) return null;
  return (
    <Drawer
      open={open !== undefined}
      onClose={() => patch({ open: undefined })}
      size="min(920px, 100vw)"
      destroyOnHidden
      extra={open && hrefOf && <AppLink to={hrefOf(open)}>{t('parts.list.openPage')}</AppLink>}
    >
      {open && detail(open)}
    </Drawer>
  );
}
