import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { Deadline } from '#parts/deadline.tsx';
import { useLocal } from '#parts/local.ts';
import { QueryCard } from '#parts/query-card.tsx';
import { LevelTag, StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { AppLink } from '#shell/link.tsx';
import { useLive } from '#shell/live.ts';
import { useMay } from '#shell/session.tsx';
import { deadlineOf, toneOf } from '../../orders/answers.ts';
import { GRADES, LEVEL } from '../../vulnerabilities/answers.ts';
import { OrderOverdue } from '../../vulnerabilities/overdue/order-overdue.tsx';
import type { Asset } from '../answers.ts';
import './life.css';

type Standing = Answer<'/api/assets/{id}/standing'>;

/** What is open about an asset now, for each thing that the reader may see. */
export function StandingCards({ asset }: { asset: Asset }) {
  const { t } = useTranslation();
  const may = useMay();
  const url = `/api/assets/${asset.id}/standing`;
  const answer = useGet<Standing>(url);
  useLive('vulnerability', [url]);
  useLive('order', [url]);
  const about = new URLSearchParams(asset.class === 'system' ? { system: asset.id } : { asset: asset.id });
  const issues = new URLSearchParams({ asset: asset.id, state: 'active' });
  const days = answer.data?.alerts?.days ?? 30;
  return (
    <div className="ta-standing">
      {may('vulnerability.read') && (
        <QueryCard
          title={t('life.open.vulnerabilities')}
          extra={<AppLink to={`/vulnerabilities?${issues}`}>{t('life.open.all')}</AppLink>}
          answer={answer}
        >
          {({ vulnerabilities }) =>
            vulnerabilities?.total ? (
              <Issues asset={asset} shown={vulnerabilities} />
            ) : (
              <span className="ta-quiet">{t('life.open.vulnerabilitiesNone')}</span>
            )
          }
        </QueryCard>
      )}
      {may('order.read') && (
        <QueryCard title={t('life.open.orders')} answer={answer}>
          {({ orders }) =>
            orders?.total ? <Orders shown={orders} /> : <span className="ta-quiet">{t('life.open.ordersNone')}</span>
          }
        </QueryCard>
      )}
      {may('alert.read') && (
        <QueryCard
          title={t('life.open.alerts', { days })}
          extra={<AppLink to={`/alerts?${about}`}>{t('life.open.all')}</AppLink>}
          answer={answer}
        >
          {({ alerts }) =>
            alerts?.total ? (
              <Alerts shown={alerts} />
            ) : (
              <span className="ta-quiet">{t('life.open.alertsNone', { days })}</span>
            )
          }
        </QueryCard>
      )}
    </div>
  );
}

function Issues({ asset, shown }: { asset: Asset; shown: NonNullable<Standing['vulnerabilities']> }) {
  const { t } = useTranslation();
  const numbers = GRADES.map((grade) => ({
    grade,
    count: shown.grades.find((one) => one.grade === grade)?.count ?? 0,
  }));
  return (
    <>
      <div className="ta-standing-numbers">
        {numbers
          .filter(({ count }) => count > 0)
          .map(({ grade, count }) => (
            <AppLink key={grade} to={`/vulnerabilities?asset=${asset.id}&state=active&grade=${grade}`}>
              <LevelTag level={LEVEL[grade] ?? 'low'} text={`${t(`vulnerabilities.grade.${grade}`)} ${count}`} />
            </AppLink>
          ))}
        {shown.overdue > 0 && <StateTag tone="overdue">{t('life.open.overdue', { count: shown.overdue })}</StateTag>}
      </div>
      <ul className="ta-asset-alerts">
        {shown.worst.map((issue) => (
          <li key={issue.id}>
            <LevelTag level={LEVEL[issue.grade] ?? 'low'} text={t(`vulnerabilities.grade.${issue.grade}`)} />
            <AppLink to={`/vulnerabilities/${issue.id}`}>{issue.title}</AppLink>
            {issue.asset && issue.asset.id !== asset.id && <span className="ta-quiet">{issue.asset.name}</span>}
            <Deadline compact dueAt={issue.deadlineAt} provisional={issue.deadlineProvisional} />
          </li>
        ))}
      </ul>
      {shown.orderable > 0 && <OrderOverdue choice={{ assetId: asset.id }} count={shown.orderable} />}
    </>
  );
}

function Orders({ shown }: { shown: NonNullable<Standing['orders']> }) {
  const local = useLocal();
  return (
    <ul className="ta-asset-alerts">
      {shown.items.map((order) => (
        <li key={order.id}>
          <StateTag tone={toneOf(order)}>{local(order.stateTitle)}</StateTag>
          <AppLink to={`/orders/${order.id}`}>{order.title}</AppLink>
          {order.deadlineAt && <Deadline compact {...deadlineOf(order)} />}
        </li>
      ))}
    </ul>
  );
}

function Alerts({ shown }: { shown: NonNullable<Standing['alerts']> }) {
  const { t } = useTranslation();
  const local = useLocal();
  return (
    <>
      <div className="ta-standing-numbers">
        {shown.levels.map(({ level, count }) => (
          <LevelTag key={level} level={level} text={`${t(`parts.level.${level}`)} ${count}`} />
        ))}
        {shown.open > 0 && <StateTag tone="moving">{t('life.open.unhandled', { count: shown.open })}</StateTag>}
      </div>
      <ul className="ta-asset-alerts">
        {shown.newest.map((alert) => (
          <li key={alert.id}>
            <LevelTag level={alert.level} />
            <AppLink to={`/alerts/${alert.id}`}>{local(alert.title)}</AppLink>
            <span className="ta-quiet">
              <TimeText at={alert.activeAt} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
