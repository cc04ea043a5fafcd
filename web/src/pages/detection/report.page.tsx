import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { Facts } from '#parts/facts.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { Section } from '#parts/section.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import { StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import type { PageDefinition } from '#shell/page.ts';
import type { RuleProblem, RuleReport } from './answers.ts';
import './detection.css';

function useColumns(): readonly Column<RuleProblem>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        key: 'severity',
        title: t('detection.problem.severity'),
        width: 100,
        render: ({ severity }) => (
          <StateTag tone={severity === 'error' ? 'overdue' : 'waiting'}>{t(`detection.severity.${severity}`)}</StateTag>
        ),
      },
      {
        key: 'message',
        title: t('detection.problem.message'),
        width: 360,
        phone: 'title',
        render: ({ message, hint }) => (
          <span className="ta-rule-title">
            {message}
            <span className="ta-quiet">{hint}</span>
          </span>
        ),
      },
      {
        key: 'code',
        title: t('detection.problem.code'),
        width: 190,
        render: ({ code }) => t(`detection.code.${code}`, { defaultValue: code }),
      },
      {
        key: 'place',
        title: t('detection.problem.place'),
        render: ({ file, line, column }) => <span className="ta-break">{`${file}:${line}:${column}`}</span>,
      },
    ],
    [t],
  );
}

function Report({ report }: { report: RuleReport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns = useColumns();
  const { cannotFire } = report;
  return (
    <div className="ta-rule-report">
      <Section title={t('detection.loaded')}>
        <Facts
          facts={[
            { label: t('detection.figure.rules'), value: format.number(report.rules) },
            { label: t('detection.correlation'), value: format.number(report.correlations) },
            { label: t('detection.state.off'), value: format.number(report.off) },
            { label: t('detection.cannotFire.no-source'), value: format.number(cannotFire.noSource) },
            { label: t('detection.cannotFire.no-field'), value: format.number(cannotFire.noField) },
            { label: t('detection.cannotFire.not-seen'), value: format.number(cannotFire.notSeen) },
            { label: t('detection.loadTime'), value: t('detection.seconds', { count: report.loadMs / 1000 }) },
          ]}
        />
      </Section>
      <Section title={t('detection.problemsOf', { count: report.problemsTotal })}>
        <SimpleTable<RuleProblem>
          columns={columns}
          rows={report.problems}
          idOf={({ file, line, column, code }) => `${file}:${line}:${column}:${code}`}
          empty={<EmptyState title={t('detection.noProblems')} />}
        />
      </Section>
    </div>
  );
}

function ReportPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useGet<RuleReport>('/api/rules/report');
  return (
    <>
      <PageHeader title={t('detection.report')} hint={t('detection.reportHint')} />
      {error ? <ErrorState error={error} retry={refetch} /> : data ? <Report report={data} /> : <PageSkeleton />}
    </>
  );
}

export const page: PageDefinition = {
  path: '/rules/report',
  title: 'detection.report',
  permission: 'rule.read',
  Page: ReportPage,
};
