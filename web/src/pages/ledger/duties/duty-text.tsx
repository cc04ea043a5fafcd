import { useTranslation } from 'react-i18next';
import type { Answer } from '#api/types.ts';
import { AppLink } from '#shell/link.tsx';

type Duty = Answer<'/api/assets/{id}/duties'>['items'][number];

/** A responsibility in words; days and grounds only as far as they are known. */
export function DutyText({ duty }: { duty: Omit<Duty, 'state'> }) {
  const { t } = useTranslation();
  const span =
    duty.fromOn === ''
      ? ''
      : duty.untilOn === null
        ? t('duties.since', { day: duty.fromOn })
        : t('duties.span', { from: duty.fromOn, until: duty.untilOn });
  return (
    <>
      <span className="ta-quiet">{t(`duties.role.${duty.role}`)}</span>
      <span>{duty.holder}</span>
      <span className="ta-quiet">{[duty.person, span, duty.basis].filter(Boolean).join(' · ')}</span>
      {duty.note && <span className="ta-quiet">{duty.note}</span>}
    </>
  );
}

/** The asset that a responsibility is inherited from, if it is. */
export function InheritedFrom({ duty: { from, main } }: { duty: Pick<Duty, 'from' | 'main'> }) {
  const { t } = useTranslation();
  if (from === null) return null;
  return (
    <span className="ta-quiet">
      {t(main ? 'duties.inherited' : 'duties.further')} <AppLink to={`/assets/${from.id}`}>{from.name}</AppLink>
    </span>
  );
}
