import { Alert, Input, Segmented, Table, type TableColumnsType } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StatCard } from '#parts/stat-card.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import './telemetry.css';
import './watch/watch.css';

type Coverage = Answer<'/api/telemetry/coverage'>;
type UnitCoverage = Coverage['items'][number];

const STATES = ['dark', 'gaps', 'covered'] as const;
const TONE = { dark: 'overdue', gaps: 'waiting', covered: 'done' } as const;

function useColumns(): TableColumnsType<UnitCoverage> {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(
    () => [
      {
        key: 'unit',
        title: t('watch.coverage.unit'),
        width: 220,
        render: (_, { unit }) => (
          <AppLink to={`/sources?unitPath=${encodeURIComponent(unit.path)}`}>{unit.name}</AppLink>
        ),
      },
      {
        key: 'state',
        title: t('watch.coverage.state'),
        width: 110,
        render: (_, { state }) => <StateTag tone={TONE[state]}>{t(`watch.coverage.${state}`)}</StateTag>,
      },
      {
        key: 'sources',
        title: t('watch.coverage.sources'),
        width: 130,
        align: 'right' as const,
        render: (_, { sources }) => `${format.number(sources.delivering)} / ${format.number(sources.active)}`,
      },
      {
        key: 'events',
        title: t('watch.coverage.events'),
        width: 110,
        align: 'right' as const,
        render: (_, { events }) => format.number(events),
      },
      ...(['cloud', 'network', 'endpoint', 'application', 'data'] as const).map((kind) => ({
        key: kind,
        title: t(`watch.asset.${kind}`),
        width: 110,
        align: 'right' as const,
        render: (_: unknown, { kinds }: UnitCoverage) => <KindCell count={kinds.find((one) => one.kind === kind)} />,
      })),
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
    <>
      {count.events > 0 ? (
        format.number(count.events)
      ) : (
        <span className="ta-coverage-none">{t('watch.coverage.none')}</span>
      )}
      {count.assets > 0 && (
        <div className="ta-quiet">{t('watch.coverage.assets', { assets: format.number(count.assets) })}</div>
      )}
    </>
  );
}

function CoveragePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useColumns();
  const { data, error, refetch } = useGet<Coverage>('/api/telemetry/coverage', {}, { refetchIntervalMs: 60_000 });
  const [state, setState] = useState<(typeof STATES)[number] | ''>('');
  const [search, setSearch] = useState('');
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
            <StatCard label={t('watch.coverage.units')} value={format.number(totals.units)} />
            {STATES.map((key) => (
              <StatCard key={key} label={t(`watch.coverage.${key}`)} value={format.number(totals[key])} />
            ))}
          </div>
          <div className="ta-coverage-tools">
            <Input.Search
              allowClear
              aria-label={t('watch.coverage.search')}
              placeholder={t('watch.coverage.search')}
              onChange={({ target }) => setSearch(target.value.trim())}
            />
            <Segmented options={choices} value={state} onChange={setState} />
          </div>
          <Table<UnitCoverage>
            rowKey={({ unit }) => unit.id}
            columns={columns}
            dataSource={items}
            size="small"
            scroll={{ x: 1100 }}
            pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
            locale={{ emptyText: <EmptyState title={t('watch.coverage.noMatch')} /> }}
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
