import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { AppLink } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import '../watch/watch.css';
import { SAVED_FAILING, savedAddress } from './saved-address.ts';

const SHOWN = 3;
const EVERY_MS = 60_000;
const URL = '/api/searches';

/** The scheduled searches that fail, and the number of all of them. */
export function useFailing(allowed: boolean, pageSize: number): Pick<Answer<'/api/searches'>, 'items' | 'total'> {
  const asked = { state: 'failing', pageSize };
  const { data } = useGet<Answer<'/api/searches'>>(allowed ? URL : null, asked, { refetchIntervalMs: EVERY_MS });
  return data ?? { items: [], total: 0 };
}

/** Scheduled searches that fail, whose alerts somebody relies on; nothing when all run. */
export function FailingSearches() {
  const { t } = useTranslation();
  const allowed = useMay()('event.search');
  const { items, total } = useFailing(allowed, SHOWN);
  if (total === 0) return null;
  return (
    <Alert
      className="ta-watch-banner"
      type="warning"
      showIcon
      title={t('saved.failingBanner', { count: total })}
      description={
        <ul className="ta-watch-alarms">
          {items.map(({ id, name, failures }) => (
            <li key={id}>
              <AppLink to={savedAddress(id)}>{name}</AppLink>
              <span>{t('saved.failing', { count: failures })}</span>
            </li>
          ))}
          {total > items.length && (
            <li>
              <AppLink to={savedAddress(SAVED_FAILING)}>
                {t('saved.failingMore', { count: total - items.length })}
              </AppLink>
            </li>
          )}
        </ul>
      }
    />
  );
}
