import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import './watch.css';

type Alarms = Answer<'/api/telemetry/alarms'>;
type Alarm = Pick<Alarms['items'][number], 'kind' | 'raisedAt' | 'seen'>;

const SHOWN = 5;
const EVERY_MS = 60_000;
const URL = '/api/telemetry/alarms';

/** One sentence about an alarm, with its figures. */
export function useAlarmText(): (alarm: Alarm) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ kind, seen }) => {
    const { silentMs = 0, usualMs = 0, skewMs = 0 } = seen;
    const skew = format.span(Math.abs(skewMs));
    if (kind === 'clock') return t(`watch.said.${skewMs > 0 ? 'clockAhead' : 'clockBehind'}`, { skew });
    const figures = Object.fromEntries(
      Object.entries(seen).map(([name, value]) => [name, format.number(Math.round(value))]),
    );
    const spans = kind === 'silent' ? { silent: format.span(silentMs), usual: format.span(usualMs) } : {};
    return t(`watch.said.${kind}`, { ...figures, ...spans });
  };
}

/** What is wrong with the sources in sight; nothing when all is well. On the overview and above the sources. */
export function SourceAlarms() {
  const { t } = useTranslation();
  const said = useAlarmText();
  const allowed = useMay()('source.read');
  const { data } = useGet<Alarms>(allowed ? URL : null, {}, { refetchIntervalMs: EVERY_MS });
  useLive('source', [URL]);
  const items = data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Alert
      className="ta-watch-banner"
      type="warning"
      showIcon
      title={t('watch.banner', { count: items.length })}
      description={
        <ul className="ta-watch-alarms">
          {items.slice(0, SHOWN).map((alarm) => (
            <li key={alarm.id}>
              <AppLink to={`/sources/${alarm.source.id}`}>{alarm.source.name}</AppLink>
              <strong>{t(`watch.kind.${alarm.kind}`)}</strong>
              <span>{said(alarm)}</span>
              <TimeText at={alarm.raisedAt} />
            </li>
          ))}
          {items.length > SHOWN && (
            <li>
              <AppLink to="/sources">{t('watch.more', { count: items.length - SHOWN })}</AppLink>
            </li>
          )}
        </ul>
      }
    />
  );
}
