import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '#parts/chart.tsx';
import { shortTime } from '#parts/time.ts';
import type { Palette } from '#shell/theme.ts';
import type { SourceDetail } from './answers.ts';

/** What a source delivered in its last day: stored, not understood, not taken. */
export function SourceChart({ series }: { series: SourceDetail['series'] }) {
  const { t } = useTranslation();
  const option = useCallback(
    (palette: Palette) => ({
      tooltip: { trigger: 'axis' },
      legend: { top: 0, right: 0 },
      xAxis: { type: 'category', data: series.map(({ at }) => shortTime(at)) },
      yAxis: { type: 'value', minInterval: 1 },
      series: [
        {
          type: 'bar',
          stack: 'lines',
          name: t('telemetry.health.parsed'),
          itemStyle: { color: palette.chart[0] },
          data: series.map(({ written, unparsed }) => written - unparsed),
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
    }),
    [series, t],
  );
  return <Chart option={option} height={200} label={t('telemetry.sources.chartLabel')} />;
}
