import { DatePicker } from 'antd';
import dayjs from 'dayjs';

interface DayInputProps {
  /** `2026-03-02`; '' or nothing: no day. */
  readonly value?: string | null;
  readonly onChange?: (day: string) => void;
  readonly id?: string;
  readonly size?: 'small';
  readonly label?: string;
}

/** A day of the calendar, without time or zone. In the reader's language, whatever the browser's is; fits a form. */
export function DayInput({ value, onChange, id, size, label }: DayInputProps) {
  return (
    <DatePicker
      {...(id === undefined ? {} : { id })}
      {...(size === undefined ? {} : { size })}
      {...(label === undefined ? {} : { 'aria-label': label })}
      style={{ width: size === undefined ? '100%' : 'auto' }}
      value={value ? dayjs(value) : null}
      onChange={(day) => onChange?.(day ? day.format('YYYY-MM-DD') : '')}
    />
  );
}
