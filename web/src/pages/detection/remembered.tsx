import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { Facts } from '#parts/facts.tsx';
import { Section } from '#parts/section.tsx';
import { useFormat } from '#parts/time.ts';
import type { CorrelationState } from './evaluation/answers.ts';

/** What a correlation remembers at the moment, against its bounds. */
export function Remembered({ id }: { id: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useGet<CorrelationState>('/api/rules/correlation-state');
  const own = data?.items.find(({ correlationId }) => correlationId === id);
  if (!data || !own) return null;
  const { limits } = data;
  const sentence = (key: string, groups: number, entries: number) =>
    t(`evaluation.${key}`, {
      groups: format.number(groups),
      entries: format.number(entries),
      minutes: format.number(limits.latenessSeconds / 60),
    });
  return (
    <Section title={t('evaluation.state')}>
      <Facts
        facts={[
          { label: t('evaluation.state'), value: sentence('stateOf', own.groups, own.entries) },
          { label: t('evaluation.bounds'), value: sentence('boundsOf', limits.groupsMax, limits.entriesMax) },
        ]}
      />
    </Section>
  );
}
