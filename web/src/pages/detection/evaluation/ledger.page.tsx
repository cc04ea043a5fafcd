import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { useLocal } from '#parts/local.ts';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import type { PageDefinition } from '#shell/page.ts';
import { rulePath } from '../answers.ts';
import { RuleCard } from '../rule-detail.tsx';
import type { LedgerRow } from './answers.ts';
import { Faults } from './faults.tsx';
import '../detection.css';

type Figure = 'events' | 'evaluated' | 'hits' | 'suppressed' | 'candidates' | 'skipped' | 'errors';

/** Whether everything was evaluated, or why not. */
function Completeness({ row }: { row: LedgerRow }) {
  const { t } = useTranslation();
  if (row.gaps.length > 0) {
    return row.gaps.map((gap) => (
      <StateTag key={gap} tone={gap === 'errors' ? 'overdue' : 'waiting'}>
        {t(`evaluation.gap.${gap}`)}
      </StateTag>
    ));
  }
  if (row.backfilled > 0)
    return <StateTag tone="done">{t('evaluation.backfilled', { count: row.backfilled })}</StateTag>;
  if (row.events === 0) return <span className="ta-quiet">{t('evaluation.nothing')}</span>;
  return <StateTag tone="done">{t('evaluation.complete')}</StateTag>;
}

function useColumns(): readonly Column<LedgerRow>[] {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  return useMemo(() => {
    const figure = (key: Figure, more: Partial<Column<LedgerRow>> = {}): Column<LedgerRow> => ({
      key,
      title: t(`evaluation.field.${key}`),
      width: 88,
      align: 'right',
      render: (row) => (row[key] === 0 ? <span className="ta-quiet">0</span> : format.number(row[key])),
      ...more,
    });
    return [
      {
        key: 'rule',
        title: t('evaluation.field.rule'),
        width: 210,
        phone: 'title',
        render: (row) => local(row.title),
      },
      { key: 'gaps', title: t('evaluation.field.gaps'), width: 110, render: (row) => <Completeness row={row} /> },
      figure('events', { sortable: true, width: 112 }),
      figure('evaluated', { width: 80 }),
      figure('hits', { sortable: true }),
      figure('suppressed', { sortable: true, phone: 'hidden' }),
      figure('skipped', { sortable: true, width: 112, phone: 'hidden' }),
      // On a phone the tag of the gap says so.
      figure('errors', { sortable: true, width: 78, phone: 'hidden' }),
      figure('candidates', { hidden: true, phone: 'hidden' }),
      {
        key: 'limits',
        title: t('evaluation.field.limits'),
        width: 118,
        render: ({ limits }) =>
          limits.length === 0
            ? null
            : limits.map(({ kind, reached }) => (
                <div key={kind}>
                  {t(`detection.limit.${kind}`)}: {format.number(reached)}
                </div>
              )),
      },
      {
        key: 'fields',
        title: t('evaluation.field.fields'),
        width: 120,
        phone: 'hidden',
        render: (row) => <span className="ta-break ta-quiet">{row.fieldsNeverSeen.join(', ')}</span>,
      },
    ];
  }, [t, local, format]);
}

function useFilters(): readonly Filter[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      { kind: 'time', key: 'period', label: t('evaluation.period'), standard: '24h' },
      {
        kind: 'select',
        key: 'only',
        label: t('evaluation.only'),
        options: (['gaps', 'limits', 'errors', 'fields', 'hits'] as const).map((value) => ({
          value,
          label: t(`evaluation.onlyOf.${value}`),
        })),
      },
    ],
    [t],
  );
}

function LedgerPage() {
  const { t } = useTranslation();
  const columns = useColumns();
  const filters = useFilters();
  return (
    <ListPage<LedgerRow>
      name="evaluation-ledger"
      title={t('evaluation.title')}
      hint={t('evaluation.hint')}
      url="/api/rules/ledger"
      exportUrl="/api/rules/ledger/export"
      exportPermission="rule.read"
      searchName="text"
      search={t('evaluation.search')}
      live="rule"
      idOf={(row) => row.ruleId}
      columns={columns}
      filters={filters}
      defaultSort={{ key: 'hits', order: 'desc' }}
      detail={(id) => <RuleCard id={id} />}
      hrefOf={rulePath}
      above={<Faults />}
      empty={{ title: t('evaluation.empty'), hint: t('evaluation.emptyHint') }}
    />
  );
}

export const page: PageDefinition = {
  path: '/rules/ledger',
  title: 'evaluation.title',
  permission: 'rule.read',
  Page: LedgerPage,
};
