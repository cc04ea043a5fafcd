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

interface Alarm {
  readonly kind: string;
  readonly seen: Readonly<Record<string, number>>;
}

const SOURCES_SHOWN = 3;
const MINUTE_MS = 60_000;
const EVERY_MS = 60_000;
const URL = '/api/telemetry/alarms';

/** One sentence about an alarm, with its figures. */
export function useAlarmText(): (alarm: Alarm) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ kind, seen }) => {
    const { silentMs = 0, awakeMs = silentMs, gapMs, usualMs = 0, skewMs = 0 } = seen;
    // To the minute: what is a second short of two hours reads as two hours.
    const skew = format.span(Math.round(Math.abs(skewMs) / MINUTE_MS) * MINUTE_MS);
    if (kind === 'clock') return t(`watch.said.${skewMs > 0 ? 'clockAhead' : 'clockBehind'}`, { skew });
    const figures = Object.fromEntries(
      Object.entries(seen).map(([name, value]) => [name, format.number(Math.round(value))]),
    );
    if (kind !== 'silent') return t(`watch.said.${kind}`, figures);
    return [
      t('watch.said.silent', { silent: format.span(silentMs) }),
      silentMs - awakeMs > MINUTE_MS && t('watch.said.silentAwake', { awake: format.span(awakeMs) }),
      // Alarms of former versions do not say it.
      gapMs !== undefined && t('watch.said.silentGap', { gap: format.span(gapMs) }),
      t('watch.said.silentAfter', { usual: format.span(usualMs) }),
    ]
      .filter((part) => part !== false)
      .join(t('watch.said.silentJoin'));
  };
}

/** What is wrong with the sources in sight; nothing when all is well. A source stands there once, whatever is wrong with it. */
export function SourceAlarms() {
  const { t } = useTranslation();
  const allowed = useMay()('source.read');
  const { data } = useGet<Alarms>(allowed ? URL : null, {}, { refetchIntervalMs: EVERY_MS });
  useLive('source', [URL]);
  const items = data?.items ?? [];
  if (items.length === 0) return null;
  const bySource = [...Map.groupBy(items, ({ source }) => source.id).values()];
  const count = data?.sources ?? bySource.length;
  const hidden = count - SOURCES_SHOWN;
  return (
    <Alert
      className="ta-watch-banner"
      type="warning"
      showIcon
      title={t('watch.banner', { count })}
      description={
        <ul className="ta-watch-alarms">
          {bySource.slice(0, SOURCES_SHOWN).map((alarms) => (
            <AlarmsOfSource key={alarms[0]?.source.id} alarms={alarms} />
          ))}
          {hidden > 0 && (
            <li>
              <AppLink to="/sources?alarm=any">{t('watch.more', { count: hidden })}</AppLink>
            </li>
          )}
        </ul>
      }
    />
  );
}

/** A source and what is wrong with it, since the earliest of its alarms. */
function AlarmsOfSource({ alarms }: { alarms: Alarms['items'] }) {
  const { t } = useTranslation();
  const said = useAlarmText();
  const [first] = alarms;
  if (first === undefined) return null;
  const since = Math.min(...alarms.map(({ raisedAt }) => Date.parse(raisedAt)));
  return (
    <li>
      <AppLink to={`/sources/${first.source.id}`}>{first.source.name}</AppLink>
      <TimeText at={since} />
      <ul>
        {alarms.map((alarm) => (
          <li key={alarm.id}>
            <strong>{t(`watch.kind.${alarm.kind}`)}</strong> {said(alarm)}
          </li>
        ))}
      </ul>
    </li>
  );
}
