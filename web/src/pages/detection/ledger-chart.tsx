import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '#parts/chart.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { evenSteps } from '#parts/even-steps.ts';
import { Facts } from '#parts/facts.tsx';
import { shortTime, useFormat } from '#parts/time.ts';
import type { RuleDetail } from './answers.ts';

type Ledger = RuleDetail['ledger'];

type Count = 'events' | 'evaluated' | 'candidates' | 'hits' | 'suppressed' | 'cut' | 'skipped' | 'errors';

const sum = (ledger: Ledger, what: Count): number => ledger.reduce((total, hour) => total + hour[what], 0);

/** Bounds of a correlation that were reached, by kind. */
function limitsIn(ledger: Ledger): [kind: string, reached: number][] {
  const limits = new Map<string, number>();
  for (const { kind, reached } of ledger.flatMap((hour) => hour.limits)) {
    limits.set(kind, (limits.get(kind) ?? 0) + reached);
  }
  return [...limits];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Every hour of the last day, also those in which nothing came. */
function hoursOf(ledger: Ledger): readonly { at: string; events: number; hits: number }[] {
  const points = ledger.map(({ hourAt, events, hits }) => ({ at: hourAt, events, hits }));
  const toMs = Date.now();
  return evenSteps(points, { fromMs: toMs - DAY_MS, toMs, stepMs: HOUR_MS }, (at) => ({ at, events: 0, hits: 0 }));
}

/** What was evaluated in the last day: the proof that the rule was asked, not only that it was silent. */
export function LedgerChart({ ledger }: { ledger: Ledger }) {
  const { t } = useTranslation();
  const format = useFormat();
  const option = useCallback(() => {
    const hours = hoursOf(ledger);
    return {
      grid: { left: 4, right: 4, top: 12, bottom: 20 },
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'category', data: hours.map(({ at }) => shortTime(at)) },
      yAxis: [
        { type: 'value', show: false },
        { type: 'value', show: false },
      ],
      series: [
        { type: 'bar', name: t('detection.count.events'), data: hours.map(({ events }) => events) },
        { type: 'line', name: t('detection.count.hits'), yAxisIndex: 1, data: hours.map(({ hits }) => hits) },
      ],
    };
  }, [ledger, t]);
  if (ledger.length === 0) return <EmptyState title={t('detection.noLedger')} hint={t('detection.noLedgerHint')} />;
  const figure = (what: Count) => ({
    label: t(`detection.count.${what}`),
    value: format.number(sum(ledger, what)),
  });
  return (
    <>
      <Chart height={130} label={t('detection.ledger')} option={option} />
      <Facts
        facts={[
          figure('events'),
          figure('evaluated'),
          figure('candidates'),
          figure('hits'),
          figure('suppressed'),
          sum(ledger, 'cut') > 0 && figure('cut'),
          sum(ledger, 'skipped') > 0 && figure('skipped'),
          sum(ledger, 'errors') > 0 && figure('errors'),
          ...limitsIn(ledger).map(([kind, reached]) => ({
            label: t(`detection.limit.${kind}`),
            value: format.number(reached),
          })),
        ]}
      />
    </>
  );
}
