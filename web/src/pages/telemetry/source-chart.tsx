import { Grid } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '#parts/chart.tsx';
import { evenSteps } from '#parts/even-steps.ts';
import { shortTime } from '#parts/time.ts';
import type { Palette } from '#shell/theme.ts';
import type { SourceDetail } from './answers.ts';

const STEP_MS = 600_000;
const DAY_MS = 86_400_000;
/** Two lines of a legend, which a phone needs. */
const LEGEND_ON_PHONE = 48;

/** What a source delivered in its last day: understood, read as another kind than it is set to, not understood, not taken. */
export function SourceChart({ series: known }: Pick<SourceDetail, 'series'>) {
  const { t } = useTranslation();
  const wide = Grid.useBreakpoint().md ?? true;
  const option = useCallback(
    (palette: Palette) => {
      const toMs = Date.now();
      const none = { received: 0, written: 0, unparsed: 0, mistaken: 0, rejected: 0 };
      const series = evenSteps(known, { fromMs: toMs - DAY_MS, toMs, stepMs: STEP_MS }, (at) => ({ at, ...none }));
      return {
        tooltip: { trigger: 'axis' },
        legend: { top: 0, right: 0 },
        ...(wide ? {} : { grid: { top: LEGEND_ON_PHONE } }),
        xAxis: { type: 'category', data: series.map(({ at }) => shortTime(at)) },
        yAxis: { type: 'value', minInterval: 1 },
        series: [
          {
            type: 'bar',
            stack: 'lines',
            name: t('telemetry.health.parsed'),
            itemStyle: { color: palette.chart[0] },
            data: series.map(({ written, unparsed, mistaken }) => written - unparsed - mistaken),
          },
          {
            type: 'bar',
            stack: 'lines',
            name: t('telemetry.health.mistaken'),
            itemStyle: { color: palette.chart[2] },
            data: series.map(({ mistaken }) => mistaken),
          },
          {
            type: 'bar',
            stack: 'lines',
            name: t('telemetry.health.unparsed'),
            itemStyle: { color: palette.chart[1] },
            data: series.map(({ unparsed }) => unparsed),
          },
          {
            type: 'bar',
            stack: 'lines',
            name: t('telemetry.health.rejected'),
            itemStyle: { color: palette.state.overdue.solid },
            data: series.map(({ rejected }) => rejected),
          },
        ],
      };
    },
    [known, t, wide],
  );
  return <Chart option={option} height={200} label={t('telemetry.sources.chartLabel')} />;
}
