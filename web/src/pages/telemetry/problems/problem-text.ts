import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useKindName } from '../kind-name.ts';
import { problemKey } from './problem-keys.ts';

/** Sentences that name a kind of source. */
const OF_KIND = new Set(['hintMissing', 'hintOther']);

/** What the platform notes with an event that it could not read completely, in the reader's language. */
export function useProblemText(): (problem: string) => string {
  const { t } = useTranslation();
  const kindName = useKindName();
  return useCallback(
    (problem) =>
      problem
        .split('; ')
        .map((sentence) => {
          const known = problemKey(sentence);
          if (known === undefined) return sentence;
          return t(`problems.${known.key}`, { a: OF_KIND.has(known.key) ? kindName(known.a) : known.a });
        })
        .join(t('problems.joined')),
    [t, kindName],
  );
}
