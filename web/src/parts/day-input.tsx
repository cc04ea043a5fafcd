import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import { useMemo } from 'react';

interface DayInputProps {
  /** `2026-03-02`; '' or nothing: no day. */
  readonly value?: string | null;
  readonly onChange?: (day: string) => void;
  readonly id?: string;
  readonly size?: 'small';
  readonly label?: string;
  /** The first and the last day that can be chosen. */
  readonly min?: string;
  readonly max?: string;
  /** Some day has to be chosen: it cannot be taken away. */
  readonly required?: boolean;
}

/** A day of the calendar, without time or zone. In the reader's language, whatever the browser's is; fits a form. */
export function DayInput({ value, onChange, id, size, label, min, max, required = false }: DayInputProps) {
  // The same object as long as the day is the same: a picker that is given another one forgets what is being typed.
  const shown = useMemo(() => (value ? dayjs(value) : null), [value]);
  return (
    <DatePicker
      {...(id === undefined ? {} : { id })}
      {...(size === undefined ? {} : { size })}
      {...(label === undefined ? {} : { 'aria-label': label })}
      style={{ width: size === undefined ? '100%' : 'auto' }}
      {...(min === undefined ? {} : { minDate: dayjs(min) })}
      {...(max === undefined ? {} : { maxDate: dayjs(max) })}
      allowClear={!required}
      value={shown}
      onChange={(day) => onChange?.(day ? day.format('YYYY-MM-DD') : '')}
    />
  );
}
