import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { absoluteTime } from '#parts/time.ts';
import type { Reason } from '#parts/why.tsx';
import type { OrderDetail } from './answers.ts';

type Computed = OrderDetail['deadlines'][number];

const dayOfTrace = (day: string): string => day.slice(5);

/** How the deadline in force was counted: start, days that counted, holidays left out, pauses, calendar. */
export function useDeadlineReasons(deadlines: readonly Computed[]): readonly Reason[] {
  const { t } = useTranslation();
  const last = deadlines.at(-1);
  if (!last) return [];
  const of = (kind: string) => last.trace.filter((segment) => segment.kind === kind);
  const named = (kind: string) =>
    of(kind)
      .map(({ day, name }) => (name ? `${dayOfTrace(day)} ${name}` : dayOfTrace(day)))
      .join(t('orders.deadline.comma'));
  return [
    {
      text: t('orders.deadline.counted', { count: last.workingDays, from: absoluteTime(last.startedAt) }),
      detail: named('counted'),
      source: t('orders.deadline.law'),
    },
    ...(of('skipped').length > 0 ? [{ text: t('orders.deadline.skipped'), detail: named('skipped') }] : []),
    ...(of('paused').length > 0 ? [{ text: t('orders.deadline.paused'), detail: named('paused') }] : []),
    ...(last.provisional
      ? [
          {
            text: t('orders.deadline.provisional'),
            detail: last.doubts.map((doubt) => doubtText(doubt, t)).join(t('orders.deadline.comma')),
          },
        ]
      : []),
    {
      text: t('orders.deadline.version', { revision: last.revision, cause: t(`orders.cause.${last.cause}`) }),
      source: last.calendarVersion,
    },
  ];
}

/** `state-council:2027:expected` in words. */
function doubtText(doubt: string, t: TFunction): string {
  const [layer = '', year = ''] = doubt.split(':');
  return t('orders.deadline.doubt', { layer: t(`orders.deadline.layer.${layer}`, { defaultValue: layer }), year });
}
