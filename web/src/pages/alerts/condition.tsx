import { useTranslation } from 'react-i18next';
import type { AlertEvent } from './answers.ts';

type Hit = AlertEvent['matched'][number];

/** Words that the platform puts first in a condition; anything else is shown as it is. */
const WORDS = ['equals', 'startswith', 'endswith', 'contains', 'like', 're', 'cidr', 'gt', 'gte', 'lt', 'lte'];
const WINDOWS = ['event_count', 'value_count', 'temporal', 'temporal_ordered'];
/** Conditions whose text stands literally inside the value. */
const LITERAL = ['startswith', 'endswith', 'contains'];

function parts(condition: string): { word: string; rest: string } {
  const space = condition.indexOf(' ');
  return space < 0
    ? { word: condition, rest: '' }
    : { word: condition.slice(0, space), rest: condition.slice(space + 1) };
}

/** What a rule asked of a value, in the reader's words: `结尾为 \cmd.exe`. */
export function ConditionText({ condition }: { condition: string }) {
  const { t } = useTranslation();
  const { word, rest } = parts(condition);
  if (word === 'group-by') return <>{t('alerts.asked.group')}</>;
  const seconds = /^(?:in )?(\d+) s$/.exec(rest)?.[1];
  if (seconds !== undefined && WINDOWS.includes(word)) {
    return <>{t(`alerts.asked.${word}`, { seconds })}</>;
  }
  if (!WORDS.includes(word)) return <>{condition}</>;
  return (
    <>
      {t(`alerts.asked.${word}`)} <code>{rest}</code>
    </>
  );
}

/** A value with the part that met the condition marked; the whole value where the condition is about all of it. */
export function MatchedValue({ hit }: { hit: Hit }) {
  const { word, rest } = parts(hit.condition);
  const at = LITERAL.includes(word) ? hit.value.toLowerCase().indexOf(rest.toLowerCase()) : -1;
  if (at < 0 || rest === '') return <mark>{hit.value}</mark>;
  return (
    <>
      {hit.value.slice(0, at)}
      <mark>{hit.value.slice(at, at + rest.length)}</mark>
      {hit.value.slice(at + rest.length)}
    </>
  );
}
