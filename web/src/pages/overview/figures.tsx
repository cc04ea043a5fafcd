import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { StatCard } from '#parts/stat-card.tsx';
import { useFormat } from '#parts/time.ts';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import type { AlertCounts, IncidentPage } from './answers.ts';

const ALIVE = { state: 'alive', pageSize: 1 };
const REPORT_OVERDUE = { state: 'alive', reportOverdue: 'true', pageSize: 1 };

/** Alerts that wait for triage. */
export function AlertFigure({ counts, failed }: { counts: AlertCounts | undefined; failed: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <StatCard
      label={t('overview.figure.alerts')}
      value={counts && format.number(counts.totals.new)}
      unit={t('overview.figure.unit')}
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
      unit={t('overview.figure.unit')}
      hint={overdue.data && t('overview.figure.incidentsHint', { count: format.number(overdue.data.total) })}
      failed={open.error && t('overview.figure.failed')}
      to="/incidents?state=alive"
    />
  );
}
