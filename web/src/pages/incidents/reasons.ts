import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { useLocal } from '#parts/local.ts';
import { useFormat } from '#parts/time.ts';
import type { Reason } from '#parts/why.tsx';
import type { GradeReason, Standards } from './answers.ts';

/** Why the grid of GB/T 20986 gives this grade. */
export function useImpactReasons(reasons: readonly GradeReason[]): readonly Reason[] {
  const { t } = useTranslation();
  const local = useLocal();
  const { data } = useGet<Standards>('/api/incidents/standards');
  const named = (list: readonly { id: string; zh: string; en: string }[] | undefined, id: string | number) => {
    const found = list?.find((entry) => entry.id === id);
    return found ? local(found) : String(id);
  };
  return reasons.map((reason) => ({
    text: t(`incidents.why.${reason.fact}`, {
      importance: named(data?.grades.importance, reason.limit),
      severity: named(data?.grades.severity, reason.value),
      grade: t(`parts.grade.${reason.grade}`),
    }),
    source: data?.grades.standard,
    detail: data?.grades.confidence,
  }));
}

/** Which criterion of the annex is met, and how far its limit can be trusted. */
export function useCriterionReasons(reasons: readonly GradeReason[]): readonly Reason[] {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  const { data } = useGet<Standards>('/api/incidents/standards');
  if (reasons.length === 0) {
    return [{ text: t('incidents.why.noCriterion'), source: data?.criteria.source }];
  }
  return reasons.map((reason) => {
    const criterion = data?.criteria.criteria.find(({ fact }) => fact === reason.fact);
    return {
      text: t('incidents.why.criterion', {
        name: criterion ? local(criterion) : reason.fact,
        value: format.number(Number(reason.value)),
        limit: format.number(Number(reason.limit)),
        grade: t(`parts.grade.${reason.grade}`),
      }),
      detail: reason.confidence,
      source: data?.criteria.standard,
    };
  });
}
