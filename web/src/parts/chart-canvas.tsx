import { theme as antTheme } from 'antd';
import { BarChart, LineChart, MapChart, PieChart, ScatterChart } from 'echarts/charts';
import {
  DataZoomComponent,
  GeoComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import { init, registerMap, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useMemo, useRef } from 'react';
import type { Palette } from '../shell/theme.ts';
import type { ChartProps } from './chart.tsx';

use([
  BarChart,
  LineChart,
  MapChart,
  PieChart,
  ScatterChart,
  DataZoomComponent,
  GeoComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
]);

type Chart = ReturnType<typeof init>;
type Token = ReturnType<typeof antTheme.useToken>['token'];

/** The theme of all charts, from the same tokens as everything else. */
function themeOf(palette: Palette, token: Token): object {
  const axis = {
    axisLine: { lineStyle: { color: token.colorBorder } },
    axisTick: { show: false },
    axisLabel: { color: token.colorTextSecondary },
    splitLine: { lineStyle: { color: token.colorBorderSecondary } },
  };
  return {
    color: palette.chart,
    textStyle: { fontFamily: token.fontFamily, color: token.colorText },
    grid: { left: 8, right: 12, top: 28, bottom: 4, outerBoundsMode: 'same' },
    categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: { ...axis, axisLine: { show: false } },
    timeAxis: { ...axis, splitLine: { show: false } },
    legend: { textStyle: { color: token.colorTextSecondary }, itemWidth: 12, itemHeight: 8, icon: 'roundRect' },
    tooltip: {
      // Drawn on the canvas: names from outside never become HTML.
      renderMode: 'richText',
      confine: true,
      backgroundColor: token.colorBgElevated,
      borderColor: token.colorBorderSecondary,
      textStyle: { color: token.colorText, fontSize: 12 },
    },
    line: { symbol: 'none', smooth: false },
    bar: { barMaxWidth: 24 },
  };
}

/** The canvas behind `Chart`, in a chunk of its own. */
export function ChartCanvas({ option, maps, onPick, palette }: ChartProps & { palette: Palette }) {
  const { token } = antTheme.useToken();
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart>(undefined);
  const theme = useMemo(() => themeOf(palette, token), [palette, token]);

  useEffect(() => {
    if (!holder.current) return;
    for (const [name, map] of Object.entries(maps ?? {})) registerMap(name, map as Parameters<typeof registerMap>[1]);
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    const created = init(holder.current, theme, { renderer: 'canvas' });
    created.setOption({ animation: !still, animationDuration: 300 });
    chart.current = created;
    const observer = new ResizeObserver(() => created.resize());
    observer.observe(holder.current);
    return () => {
      observer.disconnect();
      created.dispose();
    };
  }, [theme, maps]);

  // After the chart exists, and again whenever what it should draw changes.
  useEffect(() => {
    chart.current?.setOption(option(palette), { replaceMerge: ['series'] });
  }, [option, palette]);

  useEffect(() => {
    const created = chart.current;
    if (!created || !onPick) return;
    const pick = ({ name }: { name?: string }) => {
      if (name) onPick(name);
    };
    created.on('click', pick);
    return () => {
      if (!created.isDisposed()) created.off('click', pick);
    };
  }, [onPick]);

  return <div ref={holder} style={{ width: '100%', height: '100%' }} />;
}
