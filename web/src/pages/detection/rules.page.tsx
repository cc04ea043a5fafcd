import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { useLocal } from '#parts/local.ts';
import { StatCard } from '#parts/stat-card.tsx';
import { LevelTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import type { PageDefinition } from '#shell/page.ts';
import { LEVELS, type Rule, type RuleReport, rulePath } from './answers.ts';
import { RuleCard } from './rule-detail.tsx';
import { LogSourceText, RuleState } from './rule-words.tsx';
import './detection.css';

function useColumns(): readonly Column<Rule>[] {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  return useMemo(
    () => [
      {
        key: 'level',
        title: t('detection.field.level'),
        width: 92,
        sortable: true,
        render: (rule) => <LevelTag level={rule.level} />,
      },
      {
        key: 'title',
        title: t('detection.field.title'),
        width: 340,
        sortable: true,
        phone: 'title',
        render: (rule) => (
          <span className="ta-rule-title">
            {local(rule.title)}
            <span className="ta-quiet">{rule.techniques.join(' ')}</span>
          </span>
        ),
      },
      {
        key: 'source',
        title: t('detection.field.source'),
        width: 220,
        render: (rule) => <LogSourceText rule={rule} />,
      },
      {
        key: 'hits',
        title: t('detection.field.hits'),
        width: 110,
        align: 'right',
        sortable: true,
        render: (rule) =>
          rule.hits24h === 0 ? <span className="ta-quiet">0</span> : <strong>{format.number(rule.hits24h)}</strong>,
      },
      { key: 'state', title: t('detection.field.state'), width: 180, render: (rule) => <RuleState rule={rule} /> },
      {
        key: 'origin',
        title: t('detection.field.origin'),
        width: 110,
        phone: 'hidden',
        render: (rule) => t(rule.own ? 'detection.own' : 'detection.foreign'),
      },
      {
        key: 'author',
        title: t('detection.field.author'),
        hidden: true,
        phone: 'hidden',
        render: (rule) => <span className="ta-break">{rule.author || '—'}</span>,
      },
      {
        key: 'file',
        title: t('detection.field.file'),
        hidden: true,
        phone: 'hidden',
        render: (rule) => <span className="ta-break">{rule.file}</span>,
      },
    ],
    [t, local, format],
  );
}

function useFilters(): readonly Filter[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        kind: 'select',
        key: 'level',
        label: t('detection.field.level'),
        multiple: true,
        options: LEVELS.map((value) => ({ value, label: t(`parts.level.${value}`) })),
      },
      {
        kind: 'select',
        key: 'fires',
        label: t('detection.filter.fires'),
        options: (['fired', 'can', 'cannot'] as const).map((value) => ({
          value,
          label: t(`detection.fires.${value}`),
        })),
      },
      {
        kind: 'select',
        key: 'state',
        label: t('detection.field.state'),
        options: (['on', 'off'] as const).map((value) => ({ value, label: t(`detection.state.${value}`) })),
      },
      {
        kind: 'select',
        key: 'own',
        label: t('detection.field.origin'),
        options: [
          { value: 'yes', label: t('detection.own') },
          { value: 'no', label: t('detection.foreign') },
        ],
      },
      {
        kind: 'select',
        key: 'kind',
        label: t('detection.filter.kind'),
        options: (['rule', 'correlation'] as const).map((value) => ({ value, label: t(`detection.kind.${value}`) })),
      },
      { kind: 'text', key: 'source', label: t('detection.field.source') },
    ],
    [t],
  );
}

/** What is loaded and what came of it in a day. */
function Figures() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error } = useGet<RuleReport>('/api/rules/report');
  useLive('rule', ['/api/rules/report']);
  const failed = error ? t('parts.error.title') : undefined;
  const idle = data && data.cannotFire.noSource + data.cannotFire.noField + data.cannotFire.notSeen;
  const figure = (label: string, value: number | undefined, to?: string, hint?: string) => (
    <StatCard
      label={t(`detection.figure.${label}`)}
      value={value === undefined ? undefined : format.number(value)}
      {...(to ? { to } : {})}
      {...(hint ? { hint } : {})}
      {...(failed ? { failed } : {})}
    />
  );
  return (
    <div className="ta-rule-figures">
      {figure('rules', data?.rules, undefined, data && t('detection.figure.rulesHint', { count: data.correlations }))}
      {figure('fired', data?.fired24h, '/rules?fires=fired')}
      {figure(
        'events',
        data?.events24h,
        undefined,
        data && t('detection.figure.errorsHint', { count: data.errors24h }),
      )}
      {figure('idle', idle, '/rules?fires=cannot')}
      {figure('problems', data?.problemsTotal, '/rules/report')}
    </div>
  );
}

function RulesPage() {
  const { t } = useTranslation();
  const columns = useColumns();
  const filters = useFilters();
  return (
    <ListPage<Rule>
      name="rules"
      title={t('detection.title')}
      hint={t('detection.hint')}
      url="/api/rules"
      searchName="text"
      search={t('detection.search')}
      live="rule"
      idOf={(rule) => rule.id}
      columns={columns}
      filters={filters}
      defaultSort={{ key: 'hits', order: 'desc' }}
      detail={(id) => <RuleCard id={id} />}
      hrefOf={rulePath}
      above={<Figures />}
      actions={
        <>
          <AppLink to="/rules/ledger">
            <Button>{t('evaluation.title')}</Button>
          </AppLink>
          <AppLink to="/rules/runs">
            <Button>{t('history.title')}</Button>
          </AppLink>
          <AppLink to="/rules/report">
            <Button>{t('detection.report')}</Button>
          </AppLink>
        </>
      }
      empty={{ title: t('detection.empty'), hint: t('detection.emptyHint') }}
    />
  );
}

export const page: PageDefinition = {
  path: '/rules',
  title: 'detection.title',
  permission: 'rule.read',
  menu: { group: 'sense', order: 40 },
  Page: RulesPage,
};
