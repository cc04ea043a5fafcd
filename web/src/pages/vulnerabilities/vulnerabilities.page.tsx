import { ImportOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Query } from '#api/client.ts';
import { useGet } from '#api/hooks.ts';
import { Deadline } from '#parts/deadline.tsx';
import type { BulkAction, Column, Filter, Option } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { StatCard } from '#parts/stat-card.tsx';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay, useSession } from '#shell/session.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import { CONFIDENCES, type Facets, GRADES, type Issue, LEVEL, PRIORITIES, STATES, TONE } from './answers.ts';
import { IssueCard } from './issue-detail.tsx';
import { useOrderOverdue } from './overdue/order-overdue.tsx';
import './vulnerabilities.css';

function useColumns(): readonly Column<Issue>[] {
  const { t } = useTranslation();
  const ownUnitOnly = useSession().scope.side === 'unit';
  return useMemo(
    () => [
      {
        key: 'title',
        title: t('vulnerabilities.field.title'),
        phone: 'title',
        render: (issue) => (
          <span className="ta-vuln-title">
            <span>{issue.title}</span>
            <span className="ta-quiet">
              {issue.primaryId.replace(/^(?:rule|title):/, '')}
              {issue.exploited && ` · ${t('vulnerabilities.exploited')}`}
              {issue.regressions > 0 && ` · ${t('vulnerabilities.regressions', { count: issue.regressions })}`}
            </span>
          </span>
        ),
      },
      {
        key: 'grade',
        title: t('vulnerabilities.field.grade'),
        width: 96,
        sortable: true,
        render: (issue) => <Grade grade={issue.grade} />,
      },
      {
        key: 'priority',
        title: t('vulnerabilities.field.priority'),
        width: 88,
        sortable: true,
        render: (issue) => (
          <StateTag tone={issue.priority === 1 ? 'overdue' : issue.priority === 4 ? 'waiting' : 'moving'}>
            {t(`vulnerabilities.priority.${issue.priority}`)}
          </StateTag>
        ),
      },
      {
        key: 'asset',
        title: t('vulnerabilities.field.asset'),
        width: 190,
        render: (issue) => (
          <span className="ta-vuln-title">
            <span>{issue.asset?.name ?? t('vulnerabilities.notInLedger')}</span>
            <span className="ta-quiet">
              {issue.target} {issue.place}
            </span>
          </span>
        ),
      },
      {
        key: 'unit',
        title: t('vulnerabilities.field.unit'),
        width: 150,
        hidden: ownUnitOnly,
        render: (issue) => issue.unit.name,
      },
      {
        key: 'state',
        title: t('vulnerabilities.field.state'),
        width: 120,
        render: (issue) => <StateTag tone={TONE[issue.state]}>{t(`vulnerabilities.state.${issue.state}`)}</StateTag>,
      },
      {
        key: 'deadlineAt',
        title: t('vulnerabilities.field.deadlineAt'),
        width: 180,
        sortable: true,
        render: (issue) =>
          issue.deadlineAt ? (
            <Deadline
              dueAt={issue.deadlineAt}
              doneAt={issue.closedAt}
              provisional={issue.deadlineProvisional}
              compact
            />
          ) : (
            '—'
          ),
      },
      {
        key: 'confidence',
        title: t('vulnerabilities.field.confidence'),
        width: 100,
        hidden: true,
        render: (issue) => t(`vulnerabilities.confidence.${issue.confidence}`),
      },
      {
        key: 'tools',
        title: t('vulnerabilities.field.tools'),
        width: 120,
        hidden: true,
        render: (issue) => issue.tools.join(', '),
      },
      {
        key: 'lastSeenAt',
        title: t('vulnerabilities.field.lastSeenAt'),
        width: 130,
        hidden: true,
        sortable: true,
        render: (issue) => <TimeText at={issue.lastSeenAt} />,
      },
    ],
    [t, ownUnitOnly],
  );
}

/** Bars and the word of the grade. */
function Grade({ grade }: { grade: Issue['grade'] }) {
  const { t } = useTranslation();
  return <LevelTag level={LEVEL[grade] ?? 'low'} text={t(`vulnerabilities.grade.${grade}`)} />;
}

const FILTERS = [
  'state',
  'grade',
  'priority',
  'exploited',
  'overdue',
  'ledger',
  'confidence',
  'tool',
  'unit',
  'asset',
] as const;

/** The numbers behind the filters that stand in the address now. */
function useFacets() {
  const [url] = useUrlState();
  const chosen = FILTERS.map((key) => [key, first(url[key])] as const).filter(([, value]) => value !== undefined);
  const query: Query = { ...Object.fromEntries(chosen), text: first(url.q) };
  return useGet<Facets>('/api/vulnerabilities/facets', query, { keepPrevious: true });
}

function useFilters(facets: Facets | undefined): readonly Filter[] {
  const { t } = useTranslation();
  const { scope } = useSession();
  const [url] = useUrlState();
  const asset = first(url.asset);
  const about = useGet<{ name: string }>(asset === undefined ? null : `/api/assets/${asset}`).data?.name;
  return useMemo(() => {
    const counted = (label: string, facet: keyof Facets, value: string): Option => {
      const rows = facets?.[facet];
      const count = Array.isArray(rows) ? rows.find((row) => row.value === value)?.count : undefined;
      return { value, label: count === undefined ? label : `${label} (${count})` };
    };
    const place: Filter = { kind: 'place', key: 'unit', label: t('vulnerabilities.field.unit') };
    return [
      {
        kind: 'select',
        key: 'state',
        label: t('vulnerabilities.field.state'),
        options: STATES.map((value) => counted(t(`vulnerabilities.state.${value}`), 'state', value)),
      },
      {
        kind: 'select',
        key: 'grade',
        label: t('vulnerabilities.field.grade'),
        options: GRADES.map((value) => counted(t(`vulnerabilities.grade.${value}`), 'grade', value)),
      },
      {
        kind: 'select',
        key: 'priority',
        label: t('vulnerabilities.field.priority'),
        options: PRIORITIES.map((value) => counted(t(`vulnerabilities.priority.${value}`), 'priority', String(value))),
      },
      ...(scope.side === 'centre' ? [place] : []),
      // Nobody chooses an asset here: its page leads to its vulnerabilities.
      ...(asset === undefined
        ? []
        : [
            {
              kind: 'select' as const,
              key: 'asset',
              label: t('vulnerabilities.field.asset'),
              options: [{ value: asset, label: about ?? '…' }],
            },
          ]),
      {
        kind: 'select',
        key: 'ledger',
        label: t('vulnerabilities.field.ledger'),
        options: [
          { value: 'in', label: t('vulnerabilities.ledgerIn') },
          { value: 'out', label: t('vulnerabilities.notInLedger') },
        ],
      },
      {
        kind: 'select',
        key: 'confidence',
        label: t('vulnerabilities.field.confidence'),
        options: CONFIDENCES.map((value) => counted(t(`vulnerabilities.confidence.${value}`), 'confidence', value)),
      },
      {
        kind: 'select',
        key: 'tool',
        label: t('vulnerabilities.field.tools'),
        options: (facets?.tool ?? []).map(({ value }) => counted(value, 'tool', value)),
      },
      { kind: 'switch', key: 'exploited', label: t('vulnerabilities.exploited') },
      { kind: 'switch', key: 'overdue', label: t('vulnerabilities.overdue') },
    ];
  }, [t, facets, asset, about, scope.side]);
}

function Figures({ facets, broken }: { facets: Facets | undefined; broken: boolean }) {
  const { t } = useTranslation();
  const failed = broken && !facets && t('parts.error.title');
  const format = useFormat();
  const show = (key: 'active' | 'exploited' | 'overdue' | 'outOfLedger') => facets && format.number(facets[key]);
  return (
    <div className="ta-vuln-figures">
      <StatCard
        failed={failed}
        label={t('vulnerabilities.counts.active')}
        value={show('active')}
        to="/vulnerabilities?state=active"
      />
      <StatCard
        failed={failed}
        label={t('vulnerabilities.counts.exploited')}
        value={show('exploited')}
        to="/vulnerabilities?state=active&exploited=true"
      />
      <StatCard
        failed={failed}
        label={t('vulnerabilities.counts.overdue')}
        value={show('overdue')}
        to="/vulnerabilities?overdue=true"
      />
      <StatCard
        failed={failed}
        label={t('vulnerabilities.counts.outOfLedger')}
        value={show('outOfLedger')}
        to="/vulnerabilities?state=active&ledger=out"
      />
    </div>
  );
}

function VulnerabilitiesPage() {
  const { t } = useTranslation();
  const may = useMay();
  const ownUnit = useSession().scope.side === 'unit';
  const columns = useColumns();
  const { data: facets, error: broken } = useFacets();
  const filters = useFilters(facets);
  const { draft, dialog } = useOrderOverdue();
  const bulk = useMemo<readonly BulkAction<Issue>[]>(
    () => [
      {
        key: 'order',
        label: t('overdue.selected'),
        permission: 'vulnerability.order',
        run: (rows) => draft({ issueIds: rows.map(({ id }) => id) }),
      },
    ],
    [t, draft],
  );
  const bringIn = may('vulnerability.import') && (
    <AppLink to="/vulnerabilities/import">
      <Button type="primary" icon={<ImportOutlined />}>
        {t('vulnerabilities.importButton')}
      </Button>
    </AppLink>
  );
  const actions = (
    <>
      {ownUnit ? (
        <AppLink to="/vulnerabilities/questions">
          <Button>{t('advisory.questions')}</Button>
        </AppLink>
      ) : (
        <AppLink to="/vulnerabilities/advisories">
          <Button>{t('advisory.title')}</Button>
        </AppLink>
      )}
      <AppLink to="/vulnerabilities/acceptances">
        <Button>{t('acceptance.title')}</Button>
      </AppLink>
      <AppLink to="/vulnerabilities/policy">
        <Button>{t('policy.title')}</Button>
      </AppLink>
      <AppLink to="/vulnerabilities/feeds">
        <Button>{t('vulnerabilities.feeds')}</Button>
      </AppLink>
      {bringIn}
    </>
  );
  return (
    <>
      <ListPage<Issue>
        name="vulnerabilities"
        title={t('vulnerabilities.title')}
        hint={t('vulnerabilities.hint')}
        url="/api/vulnerabilities"
        searchName="text"
        search={t('vulnerabilities.search')}
        live="vulnerability"
        idOf={(issue) => issue.id}
        columns={columns}
        filters={filters}
        defaultSort={{ key: 'priority', order: 'asc' }}
        detail={(id) => <IssueCard id={id} />}
        bulk={bulk}
        hrefOf={(id) => `/vulnerabilities/${id}`}
        exportUrl="/api/vulnerabilities/export"
        exportPermission="vulnerability.read"
        actions={actions}
        above={<Figures facets={facets} broken={broken !== null} />}
        empty={{ title: t('vulnerabilities.empty'), hint: t('vulnerabilities.emptyHint'), action: bringIn }}
      />
      {dialog}
    </>
  );
}

export const page: PageDefinition = {
  path: '/vulnerabilities',
  title: 'vulnerabilities.title',
  permission: 'vulnerability.read',
  menu: { group: 'ledger', order: 15 },
  Page: VulnerabilitiesPage,
};
