import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, type Fault } from './client.ts';

/** Reasons that say less than the server's own, English sentence. */
const COARSE = /^input\./;
/** Faults that the platform's administrators mend, not the reader. */
const FOR_ADMINS: ReadonlySet<string> = new Set(['internal', 'unavailable', 'storage_full']);

/** What is wrong at one place, in the reader's language: by its reason, or at least that something is. */
export function useFaultText(): (fault: Fault) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    ({ message, reason = '' }) => {
      const known = reason !== '' && i18n.exists(reason, { ns: 'reasons', keySeparator: false });
      if (i18n.language === 'en' && (!known || COARSE.test(reason))) return message;
      return t(known ? reason : 'input.other', { ns: 'reasons', keySeparator: false });
    },
    [t, i18n],
  );
}

/** The faults that say more than the error itself: a place without words for what is wrong there is no help beside a reason. */
export function useTellingFaults(): (error: unknown) => readonly Fault[] {
  const { i18n } = useTranslation();
  const isKnown = (reason = '') => reason !== '' && i18n.exists(reason, { ns: 'reasons', keySeparator: false });
  return (error) => {
    if (!(error instanceof ApiError)) return [];
    const isSaid = i18n.language !== 'en' && isKnown(error.reason);
    return error.faults.filter(({ reason }) => !isSaid || isKnown(reason));
  };
}

/**
 * An error as a sentence in the reader's language, with the request id to quote: by its `reason` when some slice's
 * texts have it under `reasons`, else by its code. The server's own sentence is English, so it is added only there.
 */
export function useErrorText(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t('shell.error.internal');
    const byReason = error.reason && i18n.exists(error.reason, { ns: 'reasons', keySeparator: false });
    const byCode = t(`shell.error.${error.code}`, { defaultValue: t('shell.error.internal') });
    const parts = byReason
      ? [t(error.reason ?? '', { ns: 'reasons', keySeparator: false })]
      : [byCode, i18n.language === 'en' ? error.detail : ''];
    const quote = FOR_ADMINS.has(error.code) ? 'tellAdmin' : 'requestId';
    if (error.requestId) parts.push(t(`shell.error.${quote}`, { id: error.requestId }));
    return parts.filter(Boolean).join(i18n.language === 'en' ? ' ' : '');
  };
}
