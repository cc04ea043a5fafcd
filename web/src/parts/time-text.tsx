import { Tooltip } from 'antd';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { absoluteTime, shortTime, type TimeValue, useFormat } from './time.ts';

const TICK_MS = 30_000;
const tickListeners = new Set<() => void>();
let ticks = 0;
setInterval(() => {
  ticks += 1;
  for (const listener of tickListeners) listener();
}, TICK_MS);

/** Draws again every half minute, so that relative times and remaining times stay true. */
export function useTick(): number {
  return useSyncExternalStore(
    (changed) => {
      tickListeners.add(changed);
      return () => tickListeners.delete(changed);
    },
    () => ticks,
  );
}

interface TimeTextProps {
  /** ISO text, milliseconds or Date; nothing shows a dash. */
  readonly at: TimeValue | null | undefined;
  /** `short` shows `03-02 09:05` also within a day, `full` the seconds too. */
  readonly form?: 'relative' | 'short' | 'full';
}

/** A time in Asia/Shanghai: relative within a day, with the exact time on hover and for screen readers. */
export function TimeText({ at, form = 'relative' }: TimeTextProps) {
  const { t } = useTranslation();
  const format = useFormat();
  useTick();
  if (at === null || at === undefined) return <span>—</span>;
  const exact = absoluteTime(at);
  const text = form === 'full' ? exact : form === 'short' ? shortTime(at) : format.relative(at);
  return (
    <Tooltip title={t('parts.time.exact', { time: exact })}>
      <time dateTime={new Date(at).toISOString()} className="ta-time">
        {text}
      </time>
    </Tooltip>
  );
}
