import { useTranslation } from 'react-i18next';
import { useLocal } from '#parts/local.ts';
import { cut, type TrailWords, useTrailWords } from '#parts/trail/words.ts';
import { useFieldName, useModel, useValueText } from '../model.ts';

/** How the journal of an asset reads: fields and values as everywhere in the ledger. */
export function useAssetWords(): TrailWords {
  const { i18n } = useTranslation();
  const fieldName = useFieldName();
  const valueText = useValueText();
  const local = useLocal();
  const { model } = useModel();
  const shared = useTrailWords('changes');
  const isField = (field: string) => field.startsWith('attributes.') || i18n.exists(`ledger.field.${field}`);
  return {
    ...shared,
    nameOf: (field) => (isField(field) ? fieldName(field) : shared.nameOf(field)),
    textOf: (field, value) => {
      if (field === 'field' && typeof value === 'string') return fieldName(value);
      const relation = field === 'relation' && model?.relations.find(({ kind }) => kind === value);
      if (relation) return local(relation.title);
      return isField(field) && shared.textOf(field, value) !== undefined
        ? cut(valueText(field, value ?? null))
        : shared.textOf(field, value);
    },
  };
}
