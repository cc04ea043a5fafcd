import { Alert, Pagination, Segmented } from 'antd';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import type { Column } from '#parts/list/column.ts';
import { ExportShown } from '#parts/list/export-shown.tsx';
import { RestingInput } from '#parts/list/filters.tsx';
import type { Sort } from '#parts/list/list-state.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StatCard } from '#parts/stat-card.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { first, useUrlState } from '#shell/url-state.ts';
import './telemetry.css';
import './watch/watch.css';

type Coverage = Answer<'/api/telemetry/coverage'>;
type UnitCoverage = Coverage['items'][number];

const STATES = ['dark', 'gaps', 'covered'] as const;
const TONE = { dark: 'overdue', gaps: 'waiting', covered: 'done' } as const;

const KINDS = ['cloud', 'network', 'endpoint', 'application', 'data'] as const;
type Kind = (typeof KINDS)[number];

const eventsOf = ({ kinds }: UnitCoverage, kind: Kind): number => kinds.find((one) => one.kind === kind)?.events ?? 0;

/** By column: what it is sorted by; the order of the answer is that of the states. */
const SORTS: Readonly<Record<string, (row: UnitCoverage) => number | string>> = {
  unit: ({ unit }) => unit.name,
  sources: ({ sources }) => sources.delivering,
  events: ({ events }) => events,
  ...Object.fromEntries(KINDS.map((kind) => [kind, (row: UnitCoverage) => eventsOf(row, kind)])),
};

function sorted(rows: readonly UnitCoverage[], sort: Sort | undefined): readonly UnitCoverage[] {
  const by = sort && SORTS[sort.key];
  if (!by) return rows;
  const sign = sort.order === 'asc' ? 1 : -1;
  return rows.toSorted((left, right) => {
    const [a, b] = [by(left), by(right)];
    return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'zh'));
  });
}

function useColumns(): readonly Column<UnitCoverage>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(
    () => [
      {
        key: 'unit',
        title: t('watch.coverage.unit'),
        width: 220,
        sortable: true,
        phone: 'title',
        render: ({ unit }) => <AppLink to={`/sources?unitPath=${encodeURIComponent(unit.path)}`}>{unit.name}</AppLink>,
      },
      {
        key: 'state',
        title: t('watch.coverage.state'),
        width: 110,
        render: ({ state }) => <StateTag tone={TONE[state]}>{t(`watch.coverage.${state}`)}</StateTag>,
      },
      {
        key: 'sources',
        title: t('watch.coverage.sources'),
        width: 170,
        align: 'right',
        sortable: true,
        render: ({ sources }) => `${format.number(sources.delivering)} / ${format.number(sources.active)}`,
      },
      {
        key: 'events',
        title: t('watch.coverage.events'),
        width: 100,
        align: 'right',
        sortable: true,
        render: ({ events }) => format.number(events),
      },
      ...KINDS.map(
        (kind): Column<UnitCoverage> => ({
          key: kind,
          title: t(`watch.asset.${kind}`),
          width: 100,
          align: 'right',
          sortable: true,
          render: ({ kinds }) => <KindCell count={kinds.find((one) => one.kind === kind)} />,
        }),
      ),
    ],
    [t, format],
  );
}

/** Events of one kind of asset; where the ledger has such assets and nothing comes, it is said. */
function KindCell({ count }: { count: UnitCoverage['kinds'][number] | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (count === undefined || (count.assets === 0 && count.events === 0)) return <span className="ta-quiet">—</span>;
  return (
    <div className="ta-coverage-kind">
      {count.events > 0 ? (
        format.number(count.events)
      ) : (
        <span className="ta-coverage-none">{t('watch.coverage.none')}</span>
      )}
      {count.assets > 0 && (
        <div className="ta-quiet">{t('watch.coverage.assets', { assets: format.number(count.assets) })}</div>
      )}
    </div>
  );
}

const PAGE_ROWS = 50;

function UnitRows({ rows, tools }: { rows: readonly UnitCoverage[]; tools: ReactNode }) {
  const { t } = useTranslation();
  const columns = useColumns();
  const [sort, setSort] = useState<Sort>();
  const [page, setPage] = useState(1);
  const all = sorted(rows, sort);
  // Fewer rows than before may have no such page.
  const shownPage = Math.max(1, Math.min(page, Math.ceil(all.length / PAGE_ROWS)));
  return (
    <div className="ta-list-card">
      <div className="ta-toolbar">
        <search className="ta-filters">{tools}</search>
        <ExportShown
          name="coverage"
          columns={columns}
          idOf={idOf}
          load={async ({ page: from, pageSize }) => ({
            items: all.slice((from - 1) * pageSize, from * pageSize),
            total: all.length,
          })}
        />
      </div>
      <SimpleTable
        columns={columns}
        rows={all.slice((shownPage - 1) * PAGE_ROWS, shownPage * PAGE_ROWS)}
        idOf={idOf}
        sort={sort}
        onSort={setSort}
        empty={<EmptyState title={t('watch.coverage.noMatch')} />}
      />
      <Pagination
        className="ta-pages"
        size="small"
        hideOnSinglePage
        showSizeChanger={false}
        current={shownPage}
        pageSize={PAGE_ROWS}
        total={all.length}
        onChange={setPage}
      />
    </div>
  );
}

const idOf = ({ unit }: UnitCoverage): string => unit.id;

function CoveragePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error, refetch } = useGet<Coverage>('/api/telemetry/coverage', {}, { refetchIntervalMs: 60_000 });
  const [url, patch] = useUrlState();
  const state = STATES.find((known) => known === first(url.state)) ?? '';
  const search = first(url.q) ?? '';
  const seek = useCallback((q: string) => patch({ q }), [patch]);
  if (error && !data) return <ErrorState error={error} retry={refetch} />;
  if (!data) return <PageSkeleton />;
  const items = data.items.filter((item) => (state === '' || item.state === state) && item.unit.name.includes(search));
  const { totals } = data;
  const choices = [
    { value: '' as const, label: t('watch.coverage.all') },
    ...STATES.map((value) => ({ value, label: t(`watch.coverage.${value}`) })),
  ];
  return (
    <>
      <PageHeader title={t('watch.coverage.title')} hint={t('watch.coverage.hint')} />
      {totals.units === 0 ? (
        <EmptyState title={t('watch.coverage.empty')} hint={t('watch.coverage.emptyHint')} />
      ) : (
        <>
          <div className="ta-figures">
            <StatCard label={t('watch.coverage.units')} value={format.number(totals.units)} to="/coverage" />
            {STATES.map((key) => (
              <StatCard
                key={key}
                label={t(`watch.coverage.${key}`)}
                value={format.number(totals[key])}
                to={`/coverage?state=${key}`}
              />
            ))}
          </div>
          <UnitRows
            rows={items}
            tools={
              <>
                <RestingInput search width={220} label={t('watch.coverage.search')} value={search} onRest={seek} />
                <Segmented options={choices} value={state} onChange={(value) => patch({ state: value })} />
              </>
            }
          />
          {data.leftOut > 0 && <Alert type="info" title={t('watch.coverage.leftOut', { count: data.leftOut })} />}
        </>
      )}
    </>
  );
}

export const page: PageDefinition = {
  path: '/coverage',
  title: 'watch.coverage.title',
  permission: 'source.read',
  menu: { group: 'sense', order: 32 },
  Page: CoveragePage,
};
