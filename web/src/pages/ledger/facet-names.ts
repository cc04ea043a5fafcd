import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import type { Option } from '#parts/list/column.ts';
import { useLocal } from '#parts/local.ts';
import { useFormat } from '#parts/time.ts';
import { useModel } from './model.ts';

export type FacetsAnswer = Answer<'/api/assets/facets'>;
export type FacetName = FacetsAnswer['facets'][number]['facet'];

/** What the list can be narrowed by, as it stands in the address. */
export const FACET_KEYS = [
  'class',
  'unit',
  'state',
  'gone',
  'protectionLevel',
  'importance',
  'duty',
  'critical',
  'mark',
  'gap',
  'person',
] as const;
export const MARKS = ['shadow', 'zombie', 'outside', 'stale'] as const;

/** Names of the values of facets, and the values as choices with their counts; of gaps only where one is chosen: they are costly to count. */
export function useFacetNames(withGaps = false) {
  const { t, i18n } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  const { classOf } = useModel();
  const { data: gaps } = useGet<Answer<'/api/assets/gaps'>>(withGaps ? '/api/assets/gaps' : null);
  return useMemo(() => {
    const nameOf = (facet: FacetName, value: string, name: string): string => {
      if (facet === 'area') return name || value;
      if (facet === 'class') {
        const shown = classOf(value);
        return shown ? local(shown.title) : value;
      }
      if (facet === 'critical') return t(value === 'true' ? 'ledger.yes' : 'ledger.no');
      const group = { protectionLevel: 'ledger.level', duty: 'duties.summary' }[facet as string] ?? `ledger.${facet}`;
      const key = `${group}.${value === '' || value === '0' ? 'none' : value}`;
      return i18n.exists(key) ? t(key) : value;
    };
    const values = (
      data: FacetsAnswer | undefined,
      facet: FacetName | 'gap' | 'mark' | 'person',
    ): readonly Option[] => {
      if (facet === 'gap') return (gaps?.items ?? []).map(({ gap, title }) => ({ value: gap, label: local(title) }));
      return (data?.facets.find((one) => one.facet === facet)?.values ?? []).map(({ value, count, name }) => ({
        // An address leaves out what is empty.
        value: facet === 'importance' && value === '' ? 'unknown' : value,
        label: `${nameOf(facet as FacetName, value, name)} (${format.number(count)})`,
      }));
    };
    return { nameOf, values };
  }, [t, i18n, local, format, classOf, gaps]);
}
