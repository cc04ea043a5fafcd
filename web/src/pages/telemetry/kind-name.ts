import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { useLocal } from '#parts/local.ts';
import type { SourceKinds } from './answers.ts';

/** What an event is called whose text no kind of source knows. */
const UNPARSED = 'unparsed';

/** The name of a kind of source in the reader's language; its id while that is not known. */
export function useKindName(): (kind: string) => string {
  const { t } = useTranslation();
  const local = useLocal();
  const { data } = useGet<SourceKinds>('/api/sources/kinds');
  return useCallback(
    (kind) => {
      if (kind === UNPARSED) return t('events.unparsed');
      const known = data?.items.find(({ id }) => id === kind);
      return known ? local(known.title) : kind;
    },
    [data, local, t],
  );
}
