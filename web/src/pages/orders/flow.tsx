import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { useLocal } from '#parts/local.ts';
import { type DiagramNode, StateDiagram } from '#parts/state-diagram.tsx';
import type { Flow, OrderDetail } from './answers.ts';

/** The straight way; people of a unit see it from the delivery on. */
const CENTRE_WAY = [
  'draft',
  'under_review',
  'issued',
  'delivered',
  'received',
  'rectifying',
  'submitted',
  'verifying',
  'closed',
];
const UNIT_WAY = CENTRE_WAY.slice(3);

/** Below which state of the straight way a side state stands. */
const BELOW: Readonly<Record<string, string>> = {
  refused: 'delivered',
  suspended: 'received',
  extension_requested: 'rectifying',
  returned: 'submitted',
  reopened: 'verifying',
  merged: 'closed',
  superseded: 'closed',
  revoked: 'closed',
};

/** Where the order stands on its way: the straight way, and the side states it has been in. */
export function OrderFlow({ order }: { order: OrderDetail }) {
  const { t } = useTranslation();
  const local = useLocal();
  const { data } = useGet<Flow>('/api/orders/workflow');
  if (!data) return null;
  const visited = new Set(order.history.flatMap(({ from, to }) => [from, to]).concat(order.state));
  const way = visited.has('draft') ? CENTRE_WAY : UNIT_WAY;
  const passed = way.indexOf(order.state);
  const phaseOf = (id: string): DiagramNode['phase'] => {
    if (id === order.state) return 'now';
    return visited.has(id as OrderDetail['state']) && (passed < 0 || way.indexOf(id) < passed) ? 'past' : 'open';
  };
  const shown = data.nodes.filter(
    ({ id }) => way.includes(id) || (BELOW[id] !== undefined && visited.has(id as OrderDetail['state'])),
  );
  const nodes = shown.map((node): DiagramNode => {
    const column = way.indexOf(BELOW[node.id] ?? node.id);
    return {
      id: node.id,
      label: local(node.title),
      column: Math.max(column, 0),
      row: BELOW[node.id] ? 1 : 0,
      phase: phaseOf(node.id),
    };
  });
  const ids = new Set(shown.map(({ id }) => id));
  const edges = data.edges
    .filter(({ from, to }) => ids.has(from) && ids.has(to) && (BELOW[from] || BELOW[to] || isNext(way, from, to)))
    .filter(({ from, to }) => !BELOW[from] || !BELOW[to])
    .map((edge) => ({ from: edge.from, to: edge.to, label: local(edge.title) }));
  return <StateDiagram nodes={nodes} edges={edges} label={t('orders.flow', { state: local(order.stateTitle) })} />;
}

const isNext = (way: readonly string[], from: string, to: string): boolean => way.indexOf(to) - way.indexOf(from) === 1;
