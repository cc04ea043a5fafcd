import { StopOutlined } from '@ant-design/icons';
import { Button, Progress } from 'antd';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '#parts/chart.tsx';
import { evenSteps } from '#parts/even-steps.ts';
import { absoluteTime, shortTime, useFormat } from '#parts/time.ts';
import type { Palette } from '#shell/theme.ts';
import type { Overview } from './answers.ts';
import type { EventState } from './event-query.ts';
import type { EventSearch } from './event-search.ts';

/** How many events over time, growing while they are counted; a click on a bar looks at that span alone. */
export function EventHistogram({ state, search }: { state: EventState; search: EventSearch }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error } = search;
  const known = search.stale ? undefined : data;
  const option = useCallback(
    (palette: Palette) => {
      const bars = evenBars(data, state.question.from, state.question.to);
      return {
        grid: { top: 8, bottom: 0, left: 8, right: 8, containLabel: true },
        tooltip: {
          trigger: 'axis',
          // Where bars were replaced by fewer, the pointer may still be at one that is gone.
          formatter: ([point]: readonly { name: string; value: number }[]) =>
            point?.name ? `${absoluteTime(point.name)}\n${format.number(point.value)}` : '',
        },
        xAxis: {
          type: 'category',
          data: bars.map(({ at }) => at),
          axisLabel: { formatter: (at: string) => shortTime(at) },
        },
        yAxis: { type: 'value', minInterval: 1, splitNumber: 2 },
        series: [
          {
            type: 'bar',
            barCategoryGap: '12%',
            itemStyle: { color: palette.chart[0] },
            data: bars.map(({ count }) => count),
          },
        ],
      };
    },
    [data, state.question, format],
  );
  const zoom = (at: string) => {
    const to = new Date(Date.parse(at) + (data?.stepSeconds ?? 60) * 1000).toISOString();
    state.patch({ range: undefined, from: at, to }, 'push');
  };
  if (error) return null;
  return (
    <figure className="ta-events-bars">
      <figcaption className="ta-quiet ta-events-found" aria-live="polite">
        {(data || search.running) && (
          <span>{known ? t('events.found', { count: known.total, total: format.number(known.total) }) : '…'}</span>
        )}
        <HowFar search={search} />
      </figcaption>
      {(search.running || (data !== undefined && data.total > 0)) && (
        <Chart option={option} height={110} label={t('events.barsLabel')} onPick={zoom} />
      )}
    </figure>
  );
}

/** How far the count has come, with the way to stop it; and what it left out. */
function HowFar({ search }: { search: EventSearch }) {
  const { t } = useTranslation();
  const { data, running, stopped, stale, stop } = search;
  if (running) {
    return (
      <span className="ta-events-far">
        <Progress
          percent={Math.round((stale ? 0 : (data?.done ?? 0)) * 100)}
          size="small"
          className="ta-events-progress"
          aria-label={t('events.progress')}
        />
        <Button size="small" type="text" icon={<StopOutlined />} onClick={stop}>
          {t('events.stop')}
        </Button>
      </span>
    );
  }
  if (!data) return stopped && <strong>{t('events.stoppedEarly')}</strong>;
  if (data.unfinished === null && !stopped) return null;
  const why = stopped ? 'stopped' : (data.unfinished ?? 'time');
  return <strong>{t(`events.part.${why}`, { from: absoluteTime(data.looked.from) })}</strong>;
}

function evenBars(data: Overview | undefined, from: string, to: string): Overview['bars'] {
  if (!data) return [];
  const span = { fromMs: Date.parse(from), toMs: Date.parse(to), stepMs: data.stepSeconds * 1000 };
  return evenSteps(data.bars, span, (at) => ({ at, count: 0 }));
}
