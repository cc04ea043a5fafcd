import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocal } from '#parts/local.ts';
import { AppLink } from '#shell/link.tsx';
import { useModel } from '../model.ts';
import type { Graph, Placed } from './layout.ts';

const BOX = { width: 148, height: 44 };
const STEP = { x: 196, y: 58 };
const PAD = 4;
interface RelationGraphProps {
  readonly placed: { readonly nodes: readonly Placed[]; readonly hidden: number };
  readonly graph: Graph;
  readonly id: string;
  readonly label: string;
}

/** The asset in the middle, what harms it at the left, what it harms at the right. */
export function RelationGraph({ placed, graph, id, label }: RelationGraphProps) {
  const { t } = useTranslation();
  const local = useLocal();
  const { classOf } = useModel();
  const frame = useRef<HTMLDivElement>(null);
  const { nodes } = placed;
  const left = Math.min(0, ...nodes.map(({ column }) => column));
  const right = Math.max(0, ...nodes.map(({ column }) => column));
  const perColumn = (column: number): number => nodes.filter((node) => node.column === column).length;
  const tallest = Math.max(1, ...nodes.map(({ column }) => perColumn(column)));
  const size = {
    width: (right - left) * STEP.x + BOX.width + 2 * PAD,
    height: (tallest - 1) * STEP.y + BOX.height + 2 * PAD,
  };
  const place = ({ column, row }: Placed) => ({
    x: PAD + (column - left) * STEP.x,
    y: PAD + row * STEP.y + ((tallest - perColumn(column)) * STEP.y) / 2,
  });
  const middle = PAD - left * STEP.x + BOX.width / 2;
  useEffect(() => {
    if (frame.current) frame.current.scrollLeft = middle - frame.current.clientWidth / 2;
  }, [middle]);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (
    <div className="ta-relation-graph" ref={frame}>
      <div className="ta-relation-area" style={size}>
        <svg width={size.width} height={size.height} role="img" aria-label={label}>
          {graph.edges.map((edge) => {
            const [a, b] = [byId.get(edge.fromId), byId.get(edge.toId)];
            if (!a || !b || a.column === b.column) return null;
            const [from, to] = a.column < b.column ? [place(a), place(b)] : [place(b), place(a)];
            const start = { x: from.x + BOX.width, y: from.y + BOX.height / 2 };
            const end = { x: to.x, y: to.y + BOX.height / 2 };
            const bend = (start.x + end.x) / 2;
            return (
              <path
                key={edge.id}
                className="ta-relation-edge"
                d={`M${start.x} ${start.y}C${bend} ${start.y} ${bend} ${end.y} ${end.x} ${end.y}`}
              />
            );
          })}
        </svg>
        {nodes.map((node) => {
          const { x, y } = place(node);
          const shown = classOf(node.class);
          const box = (
            <>
              <span>{node.name}</span>
              <small>{shown && local(shown.title)}</small>
            </>
          );
          return (
            <div
              key={node.id}
              className={node.id === id ? 'ta-relation-node ta-relation-self' : 'ta-relation-node'}
              style={{ left: x, top: y, width: BOX.width, height: BOX.height }}
              title={node.name}
            >
              {node.id === id ? box : <AppLink to={`/assets/${node.id}`}>{box}</AppLink>}
            </div>
          );
        })}
      </div>
      {placed.hidden > 0 && <p className="ta-quiet">{t('relations.truncated')}</p>}
    </div>
  );
}
