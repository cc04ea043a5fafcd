import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { StatCard } from '#parts/stat-card.tsx';
import { useFormat } from '#parts/time.ts';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import type { AlertCounts, EventTotals, IncidentPage, OrderCounts } from './answers.ts';

const ALIVE = { state: 'alive', pageSize: 1 };
const REPORT_OVERDUE = { state: 'alive', reportOverdue: 'true', pageSize: 1 };

const TOTALS_EVERY_MS = 5_000;
const MINUTE_SECONDS = 60;

/** How much telemetry arrives, and whether the sources deliver. */
export function EventFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const may = useMay();
  const { data, error } = useGet<EventTotals>('/api/telemetry/totals', {}, { refetchIntervalMs: TOTALS_EVERY_MS });
  // The last minute is still being counted.
  const minute = data?.perMinute.at(-2) ?? data?.perMinute.at(-1);
  return (
    <StatCard
      label={t('overview.figure.events')}
      value={data && format.number((minute?.written ?? 0) / MINUTE_SECONDS, 1)}
      unit={t('overview.figure.eventsUnit')}
      hint={
        data &&
        t('overview.figure.eventsHint', {
          events: format.number(data.lastHour.written),
          delivering: data.sources.delivering,
          sources: data.sources.active,
        })
      }
      failed={error && !data && t('overview.figure.failed')}
      {...(may('source.read') ? { to: '/sources' } : {})}
    />
  );
}

/** Alerts that wait for triage. */
export function AlertFigure({ counts, failed }: { counts: AlertCounts | undefined; failed: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <StatCard
      label={t('overview.figure.alerts')}
      value={counts && format.number(counts.totals.new)}
      unit={t('overview.figure.alertsUnit')}
      hint={counts && t('overview.figure.alertsHint', { count: format.number(counts.totals.raised) })}
      failed={failed && t('overview.figure.failed')}
      to="/alerts?state=new"
    />
  );
}

/** Incidents that are not over, and reports to the authorities that are late. */
export function IncidentFigure() {
  const { t } = useTranslation();
  const format = useFormat();
  const allowed = useMay()('incident.read');
  const open = useGet<IncidentPage>(allowed ? '/api/incidents' : null, ALIVE);
  const overdue = useGet<IncidentPage>(allowed ? '/api/incidents' : null, REPORT_OVERDUE);
  useLive('incident', ['/api/incidents']);
  if (!allowed) return null;
  return (
    <StatCard
      label={t('overview.figure.incidents')}
      value={open.data && format.number(open.data.total)}
      unit={t('overview.figure.incidentsUnit')}
      hint={overdue.data && t('overview.figure.incidentsHint', { count: format.number(overdue.data.total) })}
      failed={open.error && !open.data && t('overview.figure.failed')}
      to="/incidents?state=alive"
    />
  );
}

/** Orders that are under way, and how many of them wait for the centre. */
export function OrderFigures() {
  const { t } = useTranslation();
  const format = useFormat();
  const allowed = useMay()('order.read');
  const { data, error } = useGet<OrderCounts>(allowed ? '/api/orders/counts' : null);
  useLive('order', ['/api/orders']);
  if (!allowed) return null;
  const failed = error && !data && t('overview.figure.failed');
  return (
    <>
      <StatCard
        label={t('overview.figure.orders')}
        value={data && format.number(data.open)}
        unit={t('overview.figure.ordersUnit')}
        hint={data && t('overview.figure.ordersHint', { count: format.number(data.toVerify) })}
        failed={failed}
        to="/orders?state=open"
      />
      <StatCard
        label={t('overview.figure.overdue')}
        value={data && format.number(data.byDeadline.overdue)}
        unit={t('overview.figure.ordersUnit')}
        hint={data && t('overview.figure.overdueHint', { count: format.number(data.byDeadline.today) })}
        failed={failed}
        {...(data && data.byDeadline.overdue > 0 ? { tone: 'overdue' as const } : {})}
        to="/orders?overdue=true"
      />
    </>
  );
}
