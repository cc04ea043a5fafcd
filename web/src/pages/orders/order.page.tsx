import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { OrderCard } from './order-card.tsx';

function OrderPage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <OrderCard id={id} />;
}

export const page: PageDefinition = {
  path: '/orders/$id',
  title: 'orders.title',
  permission: 'order.read',
  Page: OrderPage,
};
