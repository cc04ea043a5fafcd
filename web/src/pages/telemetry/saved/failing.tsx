import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { AppLink } from '#shell/link.tsx';
import { useMay } from '#shell/session.tsx';
import '../watch/watch.css';

const SHOWN = 3;
const EVERY_MS = 60_000;
const URL = '/api/searches';

/** Scheduled searches that fail, whose alerts somebody relies on; nothing when all run. */
export function FailingSearches() {
  const { t } = useTranslation();
  const allowed = useMay()('event.search');
  const { data } = useGet<Answer<'/api/searches'>>(allowed ? URL : null, {}, { refetchIntervalMs: EVERY_MS });
  const failing = (data?.items ?? []).filter(({ schedule, failures }) => schedule !== null && failures > 0);
  if (failing.length === 0) return null;
  return (
    <Alert
      className="ta-watch-banner"
      type="warning"
      showIcon
      title={t('saved.failingBanner', { count: failing.length })}
      description={
        <ul className="ta-watch-alarms">
          {failing.slice(0, SHOWN).map(({ id, name, query, failures }) => (
            <li key={id}>
              <AppLink to={`/events?q=${encodeURIComponent(query)}`}>{name}</AppLink>
              <span>{t('saved.failing', { count: failures })}</span>
            </li>
          ))}
          {failing.length > SHOWN && <li>{t('saved.failingMore', { count: failing.length - SHOWN })}</li>}
        </ul>
      }
    />
  );
}
