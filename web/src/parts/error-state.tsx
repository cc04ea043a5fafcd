import { Alert, Button, Typography } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';
import { useErrorText, useFaultText, useTellingFaults } from '../api/error-text.ts';

interface ErrorStateProps {
  readonly error: unknown;
  /** Tries again: `query.refetch`. */
  readonly retry?: () => unknown;
  /** Instead of the retry button. */
  readonly action?: ReactNode;
}

/** Something could not be shown: what happened, what to do, and the request id to quote. */
export function ErrorState({ error, retry, action }: ErrorStateProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const faultText = useFaultText();
  const faults = useTellingFaults()(error);
  const gone = error instanceof ApiError && error.code === 'not_found';
  // Asked again it would be the same answer.
  const isFinal = gone || (error instanceof ApiError && error.code === 'forbidden');
  return (
    <Alert
      type="error"
      showIcon
      className="ta-error"
      title={t(gone ? 'parts.error.gone' : 'parts.error.title')}
      description={
        <>
          {errorText(error)}
          {faults.length > 0 && (
            <ul>
              {faults.map((fault) => (
                <li key={`${fault.at} ${fault.message}`}>
                  <Typography.Text code>{fault.at}</Typography.Text> {faultText(fault)}
                </li>
              ))}
            </ul>
          )}
        </>
      }
      action={action ?? (retry && !isFinal && <Button onClick={() => void retry()}>{t('parts.retry')}</Button>)}
    />
  );
}
