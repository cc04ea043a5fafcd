import { useTranslation } from 'react-i18next';
import './event-summary.css';
import { type EventLine, SUMMARY_COLUMNS } from './answers.ts';

/** Parts of a summary; more of them would not be read in a list. */
const PARTS_MAX = 8;

interface EventSummaryProps {
  readonly line: EventLine;
  /** Columns that stand beside it already. */
  readonly beside: readonly string[];
}

/** An event in one or two lines: its text where a person wrote it for people, else the values that tell most. */
export function EventSummary({ line, beside }: EventSummaryProps) {
  const { t } = useTranslation();
  const { text = '' } = line;
  const isForMachines = /^\s*[{<[]/.test(text) && !/^<\d{1,3}>/.test(text);
  const parts = isForMachines
    ? SUMMARY_COLUMNS.filter((column) => line[column] && !beside.includes(column)).slice(0, PARTS_MAX)
    : [];
  if (parts.length === 0) return <code className="ta-event-summary">{text}</code>;
  return (
    <span className="ta-event-summary">
      {parts.map((column) => (
        <span key={column} className="ta-event-part">
          <span className="ta-event-part-name">{t(`columns.${column}`, { defaultValue: column })}</span> {line[column]}
        </span>
      ))}
    </span>
  );
}
