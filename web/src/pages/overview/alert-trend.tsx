import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '#parts/chart.tsx';
import { shortTime } from '#parts/time.ts';
import type { Palette } from '#shell/theme.ts';
import type { AlertCounts } from './answers.ts';

/** From the least to the most urgent, so that the urgent stand on top. */
const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;

/** Alerts raised in each hour, stacked by level, the darker the more urgent. */
export function AlertTrend({ trend }: { trend: AlertCounts['trend'] }) {
  const { t } = useTranslation();
  const option = useCallback(
    (palette: Palette) => ({
      tooltip: { trigger: 'axis' },
      legend: { top: 0, right: 0 },
      xAxis: { type: 'category', data: trend.map(({ at }) => shortTime(at).split(' ')[1]) },
      yAxis: { type: 'value', minInterval: 1 },
      series: LEVELS.map((level, index) => ({
        type: 'bar',
        stack: 'alerts',
        name: t(`parts.level.${level}`),
        itemStyle: { color: palette.heat[index + 1] },
        data: trend.map((hour) => hour[level]),
      })),
    }),
    [trend, t],
  );
  return <Chart option={option} height={190} label={t('overview.trend.label')} />;
}
