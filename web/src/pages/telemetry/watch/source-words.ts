import { useTranslation } from 'react-i18next';
import { shortTime, useFormat } from '#parts/time.ts';
import type { JournalEntry } from '#parts/trail/journal-trail.tsx';
import { cut, type TrailWords, useTrailWords } from '#parts/trail/words.ts';
import { useKindName } from '../kind-name.ts';
import { useAlarmText } from './alarms.tsx';
import { toldOfSource } from './told-of-source.ts';

const KINDS: ReadonlySet<string> = new Set(['kind', 'wasKind', 'asKind']);

/** How the journal of a source reads: kinds by their titles, alarms and runs of reading again as sentences with figures. */
export function useSourceWords(): TrailWords {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const kindName = useKindName();
  const alarmText = useAlarmText();
  const words = useTrailWords('telemetry');
  const named = (kind: string): string => (kind === '' ? t('telemetry.sources.byContent') : kindName(kind));

  const titleOf = ({ data }: JournalEntry): string | undefined => {
    const told = toldOfSource(data);
    if (told === undefined || !i18n.exists(`watch.change.${told.key}`)) return undefined;
    const { key, alarm, figures, span = [] } = told;
    const [from = '', to = ''] = span.map((at) => shortTime(at));
    const numbers = Object.entries(figures).map(([name, value]) => [name, format.number(value)]);
    const put = {
      ...Object.fromEntries(numbers),
      ...{ from, to },
      kind: alarm === undefined ? '' : t(`watch.kind.${alarm}`),
      said: alarm === undefined ? '' : alarmText({ kind: alarm, seen: figures }),
    };
    return String(t(`watch.change.${key}`, put));
  };

  const textOf = (field: string, value: unknown): string | undefined => {
    if (KINDS.has(field) && typeof value === 'string') {
      // What an alarm is about stands in the title of its entry.
      return i18n.exists(`watch.kind.${value}`) ? undefined : named(value);
    }
    if (field === 'state') return i18n.exists(`telemetry.state.${value}`) ? t(`telemetry.state.${value}`) : undefined;
    if (field === 'senderKinds' && typeof value === 'object' && value !== null) {
      const said = Object.entries(value).map(([sender, kind]) => `${sender} ${named(String(kind))}`);
      return cut(said.join(t('parts.listSeparator'))) || '—';
    }
    return words.textOf(field, value);
  };

  const nameOf = (field: string): string | undefined =>
    i18n.exists(`watch.fact.${field}`) ? t(`watch.fact.${field}`) : undefined;
  return { titleOf, nameOf, textOf };
}
