import { useTranslation } from 'react-i18next';
import type { Answer } from '#api/types.ts';
import { useLocal } from '#parts/local.ts';
import { absoluteTime } from '#parts/time.ts';
import { useModel } from '../model.ts';

/** One of two assets that are compared, with what tells them apart. */
export type Side = Answer<'/api/assets/merge-preview'>['kept'];
type Named = Pick<Side, 'id' | 'name'>;

/** What may tell an asset from another one of the same name, the surest first. */
const TELLING = ['unit', 'code', 'class', 'addresses', 'hosts', 'zones', 'source', 'lastSeenAt'] as const;
type Telling = (typeof TELLING)[number];

const differsIn = (left: Side, right: Side) => (fact: Telling) => String(left[fact]) !== String(right[fact]);

function useFactText(): (side: Side, fact: Telling) => string {
  const { t } = useTranslation();
  const local = useLocal();
  const { classOf } = useModel();
  return (side, fact) => {
    const value = side[fact];
    if (typeof value !== 'string') return value.join(t('parts.listSeparator'));
    if (fact === 'lastSeenAt') return absoluteTime(value);
    if (fact === 'source') return t(`ledger.source.${value}`);
    const found = fact === 'class' ? classOf(side.class) : undefined;
    return found ? local(found.title) : value;
  };
}

/**
 * What two assets are called beside each other: by their names, and where these are the same by the first thing besides that
 * both have and differ in.
 */
export function useApart(left: Side | undefined, right: Side | undefined): (one: Named) => string {
  const { t } = useTranslation();
  const text = useFactText();
  if (left === undefined || right === undefined || left.name !== right.name) return ({ name }) => name;
  const fact = TELLING.filter(differsIn(left, right)).find((one) => left[one].length > 0 && right[one].length > 0);
  return ({ id, name }) => {
    const side = [left, right].find((one) => one.id === id);
    return fact === undefined || side === undefined ? name : t('workbench.apart', { name, by: text(side, fact) });
  };
}

/** Whose an asset is, and in what it differs from the other one. */
export function SideFacts({ side, other }: { side: Side; other: Side }) {
  const { t } = useTranslation();
  const text = useFactText();
  const telling = TELLING.filter((fact) => fact !== 'unit').filter(differsIn(side, other));
  return (
    <span className="ta-merge-side">
      <span>{side.unit}</span>
      {telling.map((fact) => (
        <span key={fact}>
          {t(fact === 'zones' ? 'workbench.zones' : `ledger.field.${fact}`)} {text(side, fact) || '—'}
        </span>
      ))}
    </span>
  );
}
