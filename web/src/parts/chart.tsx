import { Skeleton } from 'antd';
import type { EChartsCoreOption } from 'echarts/core';
import { lazy, Suspense } from 'react';
import type { Palette } from '../shell/theme.ts';
import { usePalette } from '../shell/theme-provider.tsx';

export interface ChartProps {
  /** What to draw, in the colours of the running theme. Axes, grid, legend and fonts have their defaults. */
  readonly option: (palette: Palette) => EChartsCoreOption;
  /** What the chart says, for those who do not see it. */
  readonly label: string;
  readonly height: number;
  /** Maps by the name that the option uses (GeoJSON). Keep it outside the component. */
  readonly maps?: Readonly<Record<string, object>>;
  /** A click on a bar, point or area. */
  onPick?(name: string): void;
}

const Canvas = lazy(async () => ({ default: (await import('./chart-canvas.tsx')).ChartCanvas }));

/** A chart; the drawing library loads with the first one. */
export function Chart(props: ChartProps) {
  const palette = usePalette();
  return (
    <div role="img" aria-label={props.label} style={{ height: props.height }}>
      <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height: props.height }} />}>
        <Canvas {...props} palette={palette} />
      </Suspense>
    </div>
  );
}
