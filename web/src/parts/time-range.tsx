import { Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SpanInput } from './moment-input.tsx';

const HOUR = 3_600_000;

/** Spans that end now, from the last quarter of an hour to half a year (how long logs are kept at least). */
export const TIME_PRESETS = [
  { key: '15m', ms: HOUR / 4 },
  { key: '1h', ms: HOUR },
  { key: '24h', ms: 24 * HOUR },
  { key: '7d', ms: 7 * 24 * HOUR },
  { key: '30d', ms: 30 * 24 * HOUR },
  { key: '180d', ms: 180 * 24 * HOUR },
] as const;

export type TimePreset = (typeof TIME_PRESETS)[number];

export interface TimeSpan {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

const MINUTE = 60_000;

/** The span of a preset as ISO instants, its start rounded to the minute so that a query stays the same for a while. */
export function presetRange(preset: TimePreset): TimeSpan {
  return { from: new Date(Math.floor((Date.now() - preset.ms) / MINUTE) * MINUTE).toISOString(), to: undefined };
}

/** The end of the running minute: a question stays the same for a while, and misses nothing that is there. */
export const nextMinute = (): string => new Date(Math.ceil((Date.now() + 1) / MINUTE) * MINUTE).toISOString();

/** Two instants to begin with: those of the preset that was chosen before. */
function endsOf(chosen: string): TimeSpan {
  const preset = TIME_PRESETS.find(({ key }) => key === chosen);
  return preset ? { from: presetRange(preset).from, to: nextMinute() } : { from: undefined, to: undefined };
}

export interface TimeRangeValue extends TimeSpan {
  /** One of `TIME_PRESETS`; then `from` and `to` follow from the clock. */
  readonly preset: string | undefined;
}

interface TimeRangeProps {
  readonly value: TimeRangeValue;
  onChange(value: TimeRangeValue): void;
  readonly label?: string;
  /** The preset that holds while nothing is chosen; without one that is any time. */
  readonly standard?: TimePreset['key'] | undefined;
}

const ANY = 'any';
const CUSTOM = 'custom';

/** A span of time: one of the usual ones, or two instants. */
export function TimeRange({ value, onChange, label, standard }: TimeRangeProps) {
  const { t } = useTranslation();
  const [custom, setCustom] = useState(false);
  // Ends may come from elsewhere, as from a click into a chart.
  const ends = value.from !== undefined || value.to !== undefined;
  const chosen = value.preset ?? (custom || ends ? CUSTOM : (standard ?? ANY));
  const options = [
    ...(standard === undefined ? [{ value: ANY, label: t('parts.range.any') }] : []),
    ...TIME_PRESETS.map(({ key }) => ({ value: key as string, label: t(`parts.range.${key}`) })),
    { value: CUSTOM, label: t('parts.range.custom') },
  ];
  const choose = (key: string) => {
    setCustom(key === CUSTOM);
    if (key === CUSTOM) onChange({ preset: undefined, ...endsOf(chosen) });
    else onChange({ preset: key === ANY ? undefined : key, from: undefined, to: undefined });
  };
  return (
    <Space.Compact className="ta-time-range">
      <Select
        aria-label={label ?? t('parts.range.label')}
        prefix={label}
        popupMatchSelectWidth={false}
        value={chosen}
        options={options}
        onChange={choose}
      />
      {chosen === CUSTOM && (
        <SpanInput
          open
          label={label ?? t('parts.range.label')}
          value={[value.from, value.to]}
          onChange={([from, to]) => onChange({ preset: undefined, from, to })}
        />
      )}
    </Space.Compact>
  );
}
