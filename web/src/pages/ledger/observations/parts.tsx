import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Answer } from '#api/types.ts';

export type Observation = Answer<'/api/assets/{id}/identity'>['observations'][number];

/** `mac|/450000/…/|a4:bb:…` in words: the kind and the value; where it means something stands in the hint. */
export function IdentityKeyTag({ text, strong = false }: { text: string; strong?: boolean }) {
  const { t } = useTranslation();
  const [kind = '', space = '', ...value] = text.split('|');
  return (
    <Tag color={strong ? 'blue' : 'default'} title={space}>
      {t(`observations.kind.${kind}`)} <span className="ta-code-text">{value.join('|')}</span>
    </Tag>
  );
}

/** The keys of an observation: those that the link rests on stand out, those left out say why. */
export function ObservationKeys({ observation }: { observation: Observation }) {
  const { t } = useTranslation();
  const used = new Set(observation.linkKeys);
  return (
    <span className="ta-keys">
      {observation.keys.map((key) => (
        <IdentityKeyTag key={key} text={key} strong={used.has(key)} />
      ))}
      {observation.leftOut.map(({ kind, value, why }) => (
        <span key={`${kind} ${value}`} className="ta-quiet">
          {t('observations.leftOut', { value, why: t(`observations.why.${why}`) })}
        </span>
      ))}
    </span>
  );
}
