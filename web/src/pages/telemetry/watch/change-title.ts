import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { JournalEntry } from '#parts/trail/journal-trail.tsx';

/** What was done to a source: its journal has few verbs, and the facts of each entry say which change it was. */
export function useChangeTitle(): (entry: JournalEntry) => string | undefined {
  const { t } = useTranslation();
  return useCallback(
    ({ data }) => {
      if (typeof data?.change !== 'string') return undefined;
      const kind = typeof data.kind === 'string' ? t(`watch.kind.${data.kind}`, { defaultValue: '' }) : '';
      const title = t(`watch.change.${data.change.replaceAll(' ', '_')}`, { kind, defaultValue: '' });
      return title === '' ? undefined : title;
    },
    [t],
  );
}
