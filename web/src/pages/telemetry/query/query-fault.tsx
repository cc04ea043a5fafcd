import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '#api/client.ts';
import { ErrorState } from '#parts/error-state.tsx';

/** What is wrong with a query and where; any other failure as usual. */
export function QueryFault({ error, query, retry }: { error: ApiError; query: string; retry(): unknown }) {
  const { t } = useTranslation();
  const [fault] = error.faults;
  const at = /^\/query:(\d+)$/.exec(fault?.at ?? '')?.[1];
  if (at === undefined || !error.reason) return <ErrorState error={error} retry={retry} />;
  const reason = t(error.reason, { ns: 'reasons', keySeparator: false, defaultValue: fault?.message ?? '' });
  const letters = Array.from(query);
  const place = Number(at) - 1;
  return (
    <Alert
      type="error"
      showIcon
      title={t('events.fault', { at, reason })}
      description={
        <code className="ta-query-fault">
          {letters.slice(0, place).join('')}
          <mark>{letters[place] ?? ' '}</mark>
          {letters.slice(place + 1).join('')}
        </code>
      }
    />
  );
}
