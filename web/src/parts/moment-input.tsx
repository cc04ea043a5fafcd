import { DatePicker } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useMemo } from 'react';
import { absoluteTime, instantOf } from './time.ts';

/** Pickers know the browser's own zone only: they are given the platform's wall time as if it were that of the browser. */
const shown = (instant: string | null | undefined): Dayjs | null => (instant ? dayjs(absoluteTime(instant)) : null);

const meant = (wall: Dayjs | null | undefined): string | undefined =>
  wall ? instantOf(wall.format('YYYY-MM-DDTHH:mm:ss')) : undefined;

/** The same object as long as the instant is the same: a picker that is given another one forgets what is being typed. */
const useShown = (instant: string | null | undefined): Dayjs | null => useMemo(() => shown(instant), [instant]);

const SHAPE = { showTime: { format: 'HH:mm' }, format: 'YYYY-MM-DD HH:mm' } as const;

interface MomentInputProps {
  /** ISO. */
  readonly value?: string | null | undefined;
  readonly onChange?: (instant: string | undefined) => void;
  readonly id?: string;
  readonly label?: string;
  readonly placeholder?: string;
  /** Nothing later than now can be chosen. */
  readonly past?: boolean;
}

/** A moment, in the time of the platform whatever the zone of the browser is. Fits a form. */
export function MomentInput({ value, onChange, id, label, placeholder, past }: MomentInputProps) {
  return (
    <DatePicker
      {...SHAPE}
      {...(id === undefined ? {} : { id })}
      {...(label === undefined ? {} : { 'aria-label': label })}
      {...(placeholder === undefined ? {} : { placeholder })}
      {...(past ? { maxDate: shown(new Date().toISOString()) ?? dayjs() } : {})}
      value={useShown(value)}
      onChange={(wall) => onChange?.(meant(wall))}
    />
  );
}

type Ends = readonly [from: string | undefined, to: string | undefined];

interface SpanInputProps {
  /** ISO. */
  readonly value: Ends;
  readonly onChange: (ends: Ends) => void;
  readonly label?: string;
  /** Either end may be open. */
  readonly open?: boolean;
}

/** From one moment to another, in the time of the platform. */
export function SpanInput({ value: [from, to], onChange, label, open = false }: SpanInputProps) {
  const start = useShown(from);
  const end = useShown(to);
  const ends = useMemo<[Dayjs | null, Dayjs | null]>(() => [start, end], [start, end]);
  return (
    <DatePicker.RangePicker
      {...SHAPE}
      allowClear={open}
      allowEmpty={[open, open]}
      {...(label === undefined ? {} : { 'aria-label': label })}
      value={ends}
      onChange={(walls) => onChange([meant(walls?.[0]), meant(walls?.[1])])}
    />
  );
}
