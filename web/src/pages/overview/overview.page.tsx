import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { PageHeader } from '#parts/page-header.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import type { PageDefinition } from '#shell/page.ts';
import { FailingSearches } from '../telemetry/saved/failing.tsx';
import { SourceAlarms } from '../telemetry/watch/alarms.tsx';
import { AlertTrend } from './alert-trend.tsx';
import type { AlertCounts, AlertPage, OrderPage } from './answers.ts';
import { CityMap, useOutline } from './city-map.tsx';
import { AlertFigure, EventFigure, IncidentFigure, OrderFigures } from './figures.tsx';
import { DueOrders, LatestAlerts, TopUnits } from './lists.tsx';
import './overview.css';

const URGENT = { level: 'critical,high', state: 'new,acknowledged', sort: 'activeAt', order: 'desc', pageSize: 6 };

const DUE_NEXT = { state: 'open', sort: 'deadlineAt', order: 'asc', pageSize: 6 };

const noneRaised = ({ totals }: AlertCounts) => totals.raised === 0;

function OverviewPage() {
  const { t } = useTranslation();
  const counts = useGet<AlertCounts>('/api/alerts/counts');
  const urgent = useGet<AlertPage>('/api/alerts', URGENT);
  const due = useGet<OrderPage>('/api/orders', DUE_NEXT);
  useLive('alert', ['/api/alerts']);
  useOutline();
  return (
    <>
      <PageHeader title={t('overview.title')} hint={t('overview.hint')} />
      <SourceAlarms />
      <FailingSearches />
      <div className="ta-figures">
        <EventFigure />
        <AlertFigure counts={counts.data} failed={counts.error !== null && !counts.data} />
        <IncidentFigure />
        <OrderFigures />
      </div>
      <div className="ta-overview">
        <div className="ta-overview-map">
          <QueryCard title={t('overview.map.title')} answer={counts}>
            {({ divisions }) => <CityMap divisions={divisions} />}
          </QueryCard>
        </div>
        <QueryCard
          title={t('overview.trend.title')}
          answer={counts}
          isEmpty={noneRaised}
          empty={{ title: t('overview.trend.empty') }}
        >
          {({ trend }) => <AlertTrend trend={trend} />}
        </QueryCard>
        <QueryCard
          title={t('overview.units.title')}
          answer={counts}
          isEmpty={({ units }) => units.length === 0}
          empty={{ title: t('overview.units.empty') }}
        >
          {({ units }) => <TopUnits units={units} />}
        </QueryCard>
        <QueryCard
          title={t('overview.orders.title')}
          extra={<AppLink to="/orders">{t('overview.orders.all')}</AppLink>}
          answer={due}
          isEmpty={({ items }) => items.length === 0}
          empty={{ title: t('overview.orders.empty') }}
        >
          {({ items }) => <DueOrders orders={items} />}
        </QueryCard>
        <QueryCard
          title={t('overview.alerts.title')}
          extra={<AppLink to="/alerts">{t('overview.alerts.all')}</AppLink>}
          answer={urgent}
          isEmpty={({ items }) => items.length === 0}
          empty={{ title: t('overview.alerts.empty') }}
        >
          {({ items }) => <LatestAlerts alerts={items} />}
        </QueryCard>
      </div>
    </>
  );
}

export const page: PageDefinition = {
  path: '/',
  title: 'overview.title',
  permission: 'overview.read',
  menu: { group: 'overview', order: 1 },
  Page: OverviewPage,
};
