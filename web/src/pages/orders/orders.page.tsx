import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Deadline } from '#parts/deadline.tsx';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { useLocal } from '#parts/local.ts';
import { GradeTag, StateTag } from '#parts/tags.tsx';
import { TimeText } from '#parts/time-text.tsx';
import { useGo } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useMay, useSession } from '#shell/session.tsx';
import { deadlineOf, KINDS, type Order, toneOf } from './answers.ts';
import { OrderCard } from './order-card.tsx';

const STATES = [
  'open',
  'draft',
  'under_review',
  'delivered',
  'received',
  'rectifying',
  'submitted',
  'verifying',
  'returned',
  'refused',
  'extension_requested',
  'suspended',
  'closed',
  'revoked',
] as const;

function useColumns(): readonly Column<Order>[] {
  const { t } = useTranslation();
  const local = useLocal();
  return useMemo(
    () => [
      {
        key: 'title',
        title: t('orders.field.title'),
        phone: 'title',
        width: 300,
        render: (order) => (
          <>
            <div>{order.title}</div>
            <div className="ta-quiet">{order.number ?? t('orders.noNumber')}</div>
          </>
        ),
      },
      { key: 'kind', title: t('orders.field.kind'), width: 150, render: (order) => local(order.kindTitle) },
      { key: 'unit', title: t('orders.field.unit'), width: 190, render: (order) => order.unitName },
      {
        key: 'grade',
        title: t('orders.field.grade'),
        width: 110,
        sortable: true,
        render: (order) => <GradeTag grade={order.grade} />,
      },
      {
        key: 'state',
        title: t('orders.field.state'),
        width: 120,
        render: (order) => <StateTag tone={toneOf(order)}>{local(order.stateTitle)}</StateTag>,
      },
      {
        key: 'deadlineAt',
        title: t('orders.field.deadline'),
        width: 260,
        sortable: true,
        render: (order) => <Deadline compact {...deadlineOf(order)} />,
      },
      {
        key: 'issuedAt',
        title: t('orders.field.issuedAt'),
        width: 120,
        sortable: true,
        phone: 'hidden',
        render: (order) => <TimeText at={order.issuedAt} form="short" />,
      },
      {
        key: 'changedAt',
        title: t('orders.field.changedAt'),
        sortable: true,
        hidden: true,
        phone: 'hidden',
        render: (order) => <TimeText at={order.changedAt} />,
      },
    ],
    [t, local],
  );
}

function useFilters(): readonly Filter[] {
  const { t } = useTranslation();
  const ofUnit = useSession().scope.side === 'unit';
  return useMemo(
    () => [
      {
        kind: 'select',
        key: 'state',
        label: t('orders.field.state'),
        multiple: true,
        options: STATES.map((value) => ({ value, label: t(`orders.state.${value}`) })),
      },
      {
        kind: 'select',
        key: 'kind',
        label: t('orders.field.kind'),
        options: KINDS.map((value) => ({ value, label: t(`orders.kind.${value}`) })),
      },
      ...(ofUnit ? [] : [{ kind: 'place' as const, key: 'path', label: t('orders.field.unit') }]),
      { kind: 'switch', key: 'overdue', label: t('orders.overdueOnly') },
    ],
    [t, ofUnit],
  );
}

function OrdersPage() {
  const { t } = useTranslation();
  const may = useMay();
  const go = useGo();
  const columns = useColumns();
  const filters = useFilters();
  return (
    <ListPage<Order>
      name="orders"
      title={t('orders.title')}
      hint={t('orders.hint')}
      url="/api/orders"
      searchName="search"
      search={t('orders.search')}
      live="order"
      idOf={(order) => order.id}
      columns={columns}
      filters={filters}
      defaultSort={{ key: 'changedAt', order: 'desc' }}
      detail={(id) => <OrderCard id={id} />}
      hrefOf={(id) => `/orders/${id}`}
      actions={
        may('order.draft') && (
          <Button type="primary" onClick={() => go('/orders/new')}>
            {t('orders.new')}
          </Button>
        )
      }
      empty={{ title: t('orders.empty'), hint: t('orders.emptyHint') }}
    />
  );
}

export const page: PageDefinition = {
  path: '/orders',
  title: 'orders.title',
  permission: 'order.read',
  menu: { group: 'command', order: 20 },
  Page: OrdersPage,
};
