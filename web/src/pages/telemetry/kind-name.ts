import { useCallback } from 'react';
import { useGet } from '#api/hooks.ts';
import { useLocal } from '#parts/local.ts';
import type { SourceKinds } from './answers.ts';

/** The name of a kind of source in the reader's language; its id while that is not known. */
export function useKindName(): (kind: string) => string {
  const local = useLocal();
  const { data } = useGet<SourceKinds>('/api/sources/kinds');
  return useCallback(
    (kind) => {
      const known = data?.items.find(({ id }) => id === kind);
      return known ? local(known.title) : kind;
    },
    [data, local],
  );
}
