import { useTranslation } from 'react-i18next';
import { Deadline } from '#parts/deadline.tsx';
import { useLocal } from '#parts/local.ts';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import { deadlineOf, toneOf } from '../orders/answers.ts';
import type { AlertCounts, AlertPage, OrderPage } from './answers.ts';

/** The units with most alerts, with a bar for how many. */
export function TopUnits({ units }: { units: AlertCounts['units'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const most = Math.max(1, ...units.map(({ raised }) => raised));
  return (
    <ol className="ta-ranking">
      {units.slice(0, 6).map((unit) => (
        <li key={unit.path}>
          <AppLink to={`/alerts?unit=${encodeURIComponent(unit.path)}`}>{unit.name}</AppLink>
          <LevelTag level={unit.highest} />
          <span className="ta-ranking-count">
            {t('overview.units.counts', { open: format.number(unit.open), raised: format.number(unit.raised) })}
          </span>
          <i aria-hidden style={{ width: `${(unit.raised / most) * 100}%` }} />
        </li>
      ))}
    </ol>
  );
}

/** The latest alerts of the upper two levels that nobody closed yet. */
export function LatestAlerts({ alerts }: { alerts: AlertPage['items'] }) {
  const local = useLocal();
  return (
    <ul className="ta-lines">
      {alerts.map((alert) => (
        <li key={alert.id}>
          <LevelTag level={alert.level} />
          <div>
            <AppLink to={`/alerts/${alert.id}`}>{local(alert.title)}</AppLink>
            <div className="ta-quiet">
              {alert.unit.name} · {alert.entity.value}
            </div>
          </div>
          <span className="ta-quiet">
            <TimeText at={alert.activeAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Orders that are not over, the next deadline first. */
export function DueOrders({ orders }: { orders: OrderPage['items'] }) {
  const local = useLocal();
  return (
    <ul className="ta-lines">
      {orders.map((order) => (
        <li key={order.id}>
          <StateTag tone={toneOf(order)}>{local(order.stateTitle)}</StateTag>
          <div>
            <AppLink to={`/orders/${order.id}`}>{order.title}</AppLink>
            <div className="ta-quiet">{order.unitName}</div>
          </div>
          <Deadline compact {...deadlineOf(order)} />
        </li>
      ))}
    </ul>
  );
}
