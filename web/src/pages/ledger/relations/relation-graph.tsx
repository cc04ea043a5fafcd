import { type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocal } from '#parts/local.ts';
import { AppLink } from '#shell/link.tsx';
import { useModel } from '../model.ts';
import type { Graph, Placed } from './layout.ts';

const BOX = { width: 148, height: 44 };
const STEP = { x: 196, y: 58 };
/** So near columns come to each other where there is little room, and so much stays between their boxes. */
const STEP_X_MIN = 138;
const BETWEEN_MIN = 22;
const PAD = 4;

/** Width of an element as it is now, in pixels; plenty while that is not known. */
function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(Number.MAX_SAFE_INTEGER);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

const nearer = (left: Placed, right: Placed): number => Math.abs(left.column) - Math.abs(right.column);

interface RelationGraphProps {
  readonly placed: { readonly nodes: readonly Placed[]; readonly hidden: number };
  readonly graph: Graph;
  readonly id: string;
  readonly label: string;
}

/** The asset in the middle, what harms it at the left, what it harms at the right; in words where that does not fit. */
export function RelationGraph({ placed, graph, id, label }: RelationGraphProps) {
  const { t } = useTranslation();
  const local = useLocal();
  const { classOf } = useModel();
  const frame = useRef<HTMLDivElement>(null);
  const room = useWidth(frame);
  const { nodes } = placed;
  const left = Math.min(0, ...nodes.map(({ column }) => column));
  const right = Math.max(0, ...nodes.map(({ column }) => column));
  const stepX = Math.min(STEP.x, Math.max(STEP_X_MIN, Math.floor((room - 2 * PAD + BETWEEN_MIN) / (right - left + 1))));
  const boxWidth = Math.min(BOX.width, stepX - BETWEEN_MIN);
  const perColumn = (column: number): number => nodes.filter((node) => node.column === column).length;
  const tallest = Math.max(1, ...nodes.map(({ column }) => perColumn(column)));
  const size = {
    width: (right - left) * stepX + boxWidth + 2 * PAD,
    height: (tallest - 1) * STEP.y + BOX.height + 2 * PAD,
  };
  const place = ({ column, row }: Placed) => ({
    x: PAD + (column - left) * stepX,
    y: PAD + row * STEP.y + ((tallest - perColumn(column)) * STEP.y) / 2,
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (
    <div className="ta-relation-graph" ref={frame}>
      {size.width > room ? (
        <RelationSides nodes={nodes} label={label} />
      ) : (
        <>
          <p className="ta-quiet">{t('relations.hint')}</p>
          <div className="ta-relation-area" style={size}>
            <svg width={size.width} height={size.height} role="img" aria-label={label}>
              {graph.edges.map((edge) => {
                const [a, b] = [byId.get(edge.fromId), byId.get(edge.toId)];
                if (!a || !b || a.column === b.column) return null;
                const [from, to] = a.column < b.column ? [place(a), place(b)] : [place(b), place(a)];
                const start = { x: from.x + boxWidth, y: from.y + BOX.height / 2 };
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
                  style={{ left: x, top: y, width: boxWidth, height: BOX.height }}
                  title={node.name}
                >
                  {node.id === id ? box : <AppLink to={`/assets/${node.id}`}>{box}</AppLink>}
                </div>
              );
            })}
          </div>
        </>
      )}
      {placed.hidden > 0 && <p className="ta-quiet">{t('relations.truncated')}</p>}
    </div>
  );
}

/** The same in words, where there is no room for the picture: what harms the asset, what it harms, the nearest first. */
function RelationSides({ nodes, label }: { nodes: readonly Placed[]; label: string }) {
  const { t } = useTranslation();
  const local = useLocal();
  const { classOf } = useModel();
  const sides = [
    { key: 'upstream', of: nodes.filter(({ column }) => column < 0) },
    { key: 'downstream', of: nodes.filter(({ column }) => column > 0) },
  ];
  return (
    <section className="ta-relation-sides" aria-label={label}>
      {sides
        .filter(({ of }) => of.length > 0)
        .map(({ key, of }) => (
          <div key={key}>
            <strong>{t(`relations.${key}`)}</strong>
            <ul className="ta-relations">
              {of.toSorted(nearer).map((node) => {
                const shown = classOf(node.class);
                const steps = Math.abs(node.column);
                return (
                  <li key={node.id}>
                    <AppLink to={`/assets/${node.id}`}>{node.name}</AppLink>
                    <span className="ta-quiet">
                      {shown && local(shown.title)}
                      {steps > 1 && ` · ${t('relations.steps', { count: steps })}`}
                    </span>
                  </li>
                );
              })}
            </ul>
          </div>
        ))}
    </section>
  );
}
