import { useMemo } from 'react';
import { useGet } from '#api/hooks.ts';
import { useLocal } from '#parts/local.ts';
import type { Standards } from './answers.ts';

const STANDARDS = '/api/incidents/standards';

/** `const name = useCategoryName(); name('malware.web_shell')`: the words of GB/T 20986-2023 for a sub-category. */
export function useCategoryName(): (id: string) => string {
  const { data } = useGet<Standards>(STANDARDS);
  const local = useLocal();
  return useMemo(() => {
    const names = new Map(
      (data?.categories.categories ?? []).flatMap((category) =>
        [category, ...category.subcategories].map((one) => [one.id, local(one)] as const),
      ),
    );
    return (id) => names.get(id) ?? id;
  }, [data, local]);
}

/** The sub-categories to choose from, under their category. */
export function useCategoryOptions() {
  const { data } = useGet<Standards>(STANDARDS);
  const local = useLocal();
  return (data?.categories.categories ?? []).map((category) => ({
    label: local(category),
    options: (category.subcategories.length > 0 ? category.subcategories : [category]).map((one) => ({
      value: one.id,
      label: local(one),
    })),
  }));
}
