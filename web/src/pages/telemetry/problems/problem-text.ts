import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { problemKey } from './problem-keys.ts';

/** What the platform notes with an event that it could not read completely, in the reader's language. */
export function useProblemText(): (problem: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (problem) =>
      problem
        .split('; ')
        .map((sentence) => {
          const known = problemKey(sentence);
          return known === undefined ? sentence : t(`problems.${known.key}`, { a: known.a });
        })
        .join(t('problems.joined')),
    [t],
  );
}
