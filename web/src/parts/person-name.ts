import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

/** What stands in the record where no person acted but the platform itself. */
export const PLATFORM = 'system';

/** The name of who acted, in the reader's words where that was the platform. */
export function usePersonName(): (name: string) => string {
  const { t } = useTranslation();
  return useCallback((name) => (name === PLATFORM ? t('parts.journal.system') : name), [t]);
}
