import { useQuery } from '@tanstack/react-query';
import { Grid, Segmented } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Chart } from '#parts/chart.tsx';
import { EmptyState } from '#parts/empty-state.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { useGo } from '#shell/link.tsx';
import type { Palette } from '#shell/theme.ts';
import type { AlertCounts } from './answers.ts';
import mapUrl from './guangxi.geojson?url';

const HEIGHT = 420;
const HEIGHT_PHONE = 320;
const MAP = 'guangxi';

/** GB/T 2260 codes of the cities, 450100 Nanning to 451400 Chongzuo. */
const CITIES = Array.from({ length: 14 }, (_, index) => String(450_100 + index * 100));

/** A long name beside a narrow neighbour is moved out of its way, in pixels. */
const LABEL_OFFSET: Readonly<Record<string, readonly [number, number]>> = { '450600': [-24, 4] };

type Metric = 'open' | 'raised';

/** The outline travels apart from the code: it is only data, and the browser keeps it. Ask early, it is large. */
export const useOutline = () =>
  useQuery<object>({
    queryKey: [mapUrl],
    queryFn: async ({ signal }) => (await fetch(mapUrl, { signal })).json(),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The fourteen cities, the darker the more alerts; a click leads to the alerts of the city. */
export function CityMap({ divisions }: { divisions: AlertCounts['divisions'] }) {
  const { t } = useTranslation();
  const go = useGo();
  const outline = useOutline();
  const wide = Grid.useBreakpoint().md ?? true;
  const [metric, setMetric] = useState<Metric>('open');
  const maps = useMemo(() => (outline.data ? { [MAP]: outline.data } : undefined), [outline.data]);

  const option = useCallback(
    (palette: Palette) => {
      const values = new Map(divisions.map((division) => [division.code, division]));
      const most = Math.max(1, ...divisions.map((division) => division[metric]));
      const nameOf = (code: string) => t(`overview.city.${code}`, { defaultValue: code });
      return {
        tooltip: {
          trigger: 'item',
          formatter: ({ name }: { name: string }) =>
            t('overview.map.tooltip', {
              name: nameOf(name),
              open: values.get(name)?.open ?? 0,
              raised: values.get(name)?.raised ?? 0,
            }),
        },
        visualMap: {
          type: 'continuous',
          min: 0,
          max: most,
          left: 4,
          bottom: 4,
          itemHeight: 90,
          text: [String(most), '0'],
          calculable: false,
          inRange: { color: palette.heat },
          textStyle: { color: palette.state.waiting.text },
        },
        series: [
          {
            type: 'map',
            map: MAP,
            nameProperty: 'code',
            selectedMode: false,
            layoutCenter: ['52%', '50%'],
            // Of the shorter side: the outline is wider than high.
            layoutSize: wide ? '122%' : '100%',
            aspectScale: 0.92,
            itemStyle: { borderColor: palette.line, borderWidth: 1 },
            label: {
              show: true,
              formatter: ({ name }: { name: string }) => nameOf(name),
              color: 'inherit',
              fontSize: 12,
            },
            emphasis: { itemStyle: { areaColor: palette.accent }, label: { color: palette.paper } },
            data: CITIES.map((code) => {
              const value = values.get(code)?.[metric] ?? 0;
              const dark = palette.mode === 'dark' || value > most * 0.55;
              return {
                name: code,
                value,
                label: { color: dark ? palette.paper : palette.ink, offset: LABEL_OFFSET[code] ?? [0, 0] },
              };
            }),
          },
        ],
      };
    },
    [divisions, metric, t, wide],
  );
  const open = useCallback(
    (code: string) => {
      const path = divisions.find((division) => division.code === code)?.path ?? `/450000/${code}/`;
      go(`/alerts?unit=${encodeURIComponent(path)}`);
    },
    [divisions, go],
  );

  if (outline.error) return <EmptyState title={t('overview.map.failed')} />;
  if (!maps) return <LinesSkeleton rows={10} />;
  return (
    <>
      <Segmented<Metric>
        size="small"
        aria-label={t('overview.map.metric')}
        value={metric}
        onChange={setMetric}
        options={[
          { value: 'open', label: t('overview.map.open') },
          { value: 'raised', label: t('overview.map.raised') },
        ]}
      />
      <Chart
        option={option}
        maps={maps}
        height={wide ? HEIGHT : HEIGHT_PHONE}
        label={t('overview.map.label')}
        onPick={open}
      />
    </>
  );
}
