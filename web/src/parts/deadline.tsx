import { ClockCircleOutlined, PauseCircleOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { dateText, shortTime, useFormat } from './time.ts';
import { useTick } from './time-text.tsx';
import { type Reason, Why } from './why.tsx';

interface DeadlineProps {
  /** The instant at which it is due; nothing: no deadline. */
  readonly dueAt: string | null | undefined;
  /**
   * Working time still left when the server answered, negative when overdue. Without it (legal clock) the time left
   * is wall time.
   */
  readonly remainingWorkingMs?: number | null;
  /** Length of a working day, for counting days. Default 8 h. */
  readonly workingDayMs?: number;
  /** When the task ended: then the deadline only says whether that was in time. */
  readonly doneAt?: string | null;
  /** Until when the clock stands still. */
  readonly pausedUntil?: string | null;
  /** The calendar of that time is not published yet. */
  readonly provisional?: boolean;
  /** How it was computed. */
  readonly why?: readonly Reason[];
  /** One line without the explanation, for tables. */
  readonly compact?: boolean;
}

/** A deadline as remaining (working) time and date; red when overdue; marked when provisional; with its reasons. */
export function Deadline(props: DeadlineProps) {
  const { t } = useTranslation();
  const format = useFormat();
  useTick();
  const { dueAt, doneAt, pausedUntil, provisional, why, compact } = props;
  if (!dueAt) return <span className="ta-quiet">{t('parts.deadline.none')}</span>;
  const working = props.remainingWorkingMs !== undefined && props.remainingWorkingMs !== null;
  const leftMs = working ? (props.remainingWorkingMs ?? 0) : new Date(dueAt).getTime() - Date.now();
  const span = (ms: number) => (working ? format.workingSpan(ms, props.workingDayMs) : format.span(ms));

  const late = doneAt ? new Date(doneAt) > new Date(dueAt) : new Date(dueAt).getTime() < Date.now();
  const tone = late ? 'overdue' : doneAt ? 'done' : pausedUntil ? 'waiting' : 'moving';
  const text = doneAt
    ? t(late ? 'parts.deadline.doneLate' : 'parts.deadline.doneInTime')
    : pausedUntil
      ? t('parts.deadline.paused', { date: dateText(pausedUntil) })
      : late
        ? t('parts.deadline.overdue', { span: span(Math.abs(leftMs)) })
        : t('parts.deadline.left', { span: span(leftMs) });
  return (
    <span className={`ta-deadline ta-tone-text-${tone}`}>
      {pausedUntil && !doneAt ? <PauseCircleOutlined /> : <ClockCircleOutlined />}
      <strong>{text}</strong>
      <span className="ta-quiet">{t('parts.deadline.date', { time: shortTime(dueAt) })}</span>
      {provisional && (
        <span className="ta-tag ta-tone-waiting" title={t('parts.deadline.provisionalWhy')}>
          {t('parts.deadline.provisional')}
        </span>
      )}
      {!compact && why && <Why title={t('parts.deadline.whyTitle')} reasons={why} />}
    </span>
  );
}
