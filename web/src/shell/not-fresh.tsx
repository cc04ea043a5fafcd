import { notifyManager, type Query, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';
import { useErrorText } from '../api/error-text.ts';
import { shortTime } from '../parts/time.ts';

/** How long until what could not be read again is asked once more. */
const RETRY_MS = 10_000;

/** Something on the page that was read before and cannot be read again: no refusal, which is an answer. */
function isStuck(query: Query): boolean {
  const { status, data, error } = query.state;
  if (status !== 'error' || data === undefined || data === null || !query.isActive()) return false;
  return error instanceof ApiError && (error.status < 400 || error.status >= 500);
}

/**
 * Says above a page that what it shows is of an earlier time, while the platform or a store behind it does not answer: figures that stand
 * still look as if nothing happened. When all can be read again, everything on the page is.
 */
export function NotFresh() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const client = useQueryClient();
  const stuck = useCallback(() => client.getQueryCache().findAll({ predicate: isStuck }), [client]);
  const since = useSyncExternalStore(
    useCallback((changed) => client.getQueryCache().subscribe(notifyManager.batchCalls(changed)), [client]),
    () => Math.min(...stuck().map(({ state }) => state.dataUpdatedAt)),
  );
  const isOld = Number.isFinite(since);
  const askAgain = useCallback(() => {
    void client.refetchQueries({ predicate: isStuck }, { cancelRefetch: false });
  }, [client]);
  const wasOld = useRef(false);
  useEffect(() => {
    // What did not fail was not asked meanwhile, and may have missed changes.
    if (wasOld.current && !isOld) void client.invalidateQueries();
    wasOld.current = isOld;
    if (!isOld) return;
    const timer = setInterval(askAgain, RETRY_MS);
    return () => clearInterval(timer);
  }, [isOld, client, askAgain]);
  if (!isOld) return null;
  const error = stuck()[0]?.state.error;
  // Without the number of the request, which would be another one each time.
  const why = error instanceof ApiError ? new ApiError(error.status, { code: error.code, ...reasonOf(error) }) : error;
  return (
    <Alert
      type="warning"
      showIcon
      className="ta-asked"
      title={t('shell.notFresh', { time: shortTime(since) })}
      description={errorText(why)}
      action={<Button onClick={askAgain}>{t('parts.retry')}</Button>}
    />
  );
}

const reasonOf = ({ reason }: ApiError): { reason?: string } => (reason === undefined ? {} : { reason });
