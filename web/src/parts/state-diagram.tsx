import { useEffect, useId, useRef } from 'react';

export interface DiagramNode {
  readonly id: string;
  readonly label: string;
  /** Place on the grid, from 0. The main path is usually row 0. */
  readonly column: number;
  readonly row: number;
  /** `past` was passed, `now` is where it stands, `open` may still come. */
  readonly phase: 'past' | 'now' | 'open';
}

interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

interface StateDiagramProps {
  readonly nodes: readonly DiagramNode[];
  readonly edges: readonly DiagramEdge[];
  /** What the diagram says, for those who do not see it. */
  readonly label: string;
}

const BOX = { width: 92, height: 34 };
const STEP = { x: 124, y: 72 };
const PAD = 6;

const centre = ({ column, row }: DiagramNode) => ({
  x: PAD + BOX.width / 2 + column * STEP.x,
  y: PAD + BOX.height / 2 + row * STEP.y,
});

/** A line from border to border: straight along a row, curved between rows or over several columns. */
function pathOf(from: DiagramNode, to: DiagramNode): string {
  const a = centre(from);
  const b = centre(to);
  if (from.row === to.row && Math.abs(to.column - from.column) === 1) {
    const side = Math.sign(b.x - a.x);
    return `M${a.x + (side * BOX.width) / 2} ${a.y}H${b.x - (side * BOX.width) / 2 - side * 3}`;
  }
  const down = from.row === to.row ? 1 : Math.sign(b.y - a.y);
  const start = a.y + (down * BOX.height) / 2;
  const end = from.row === to.row ? b.y + BOX.height / 2 + 3 : b.y - (down * BOX.height) / 2 - down * 3;
  const bend = from.row === to.row ? start + STEP.y * 0.6 : (start + end) / 2;
  return `M${a.x} ${start}C${a.x} ${bend} ${b.x} ${bend} ${b.x} ${end}`;
}

/** Where something stands on its way: states as boxes, moves as arrows. */
export function StateDiagram({ nodes, edges, label }: StateDiagramProps) {
  const arrow = useId();
  const frame = useRef<HTMLDivElement>(null);
  const now = nodes.find(({ phase }) => phase === 'now');
  const nowX = now ? centre(now).x : 0;
  // Where it stands is in sight also where the diagram is wider than the screen.
  useEffect(() => {
    if (frame.current) frame.current.scrollLeft = nowX - frame.current.clientWidth / 2;
  }, [nowX]);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const width = Math.max(...nodes.map(({ column }) => column)) * STEP.x + BOX.width + 2 * PAD;
  const sameRow = edges.some(({ from, to }) => {
    const [a, b] = [byId.get(from), byId.get(to)];
    return a && b && a.row === b.row && Math.abs(a.column - b.column) !== 1;
  });
  const rows = Math.max(...nodes.map(({ row }) => row));
  const height = rows * STEP.y + BOX.height + 2 * PAD + (sameRow && rows === 0 ? STEP.y * 0.5 : 0);
  return (
    <div className="ta-diagram" ref={frame}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        <defs>
          <marker id={arrow} viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto">
            <path d="M0 0 6 3 0 6Z" className="ta-diagram-arrow" />
          </marker>
        </defs>
        {edges.map((edge) => {
          const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
          if (!from || !to) return null;
          return (
            <g key={`${edge.from} ${edge.to} ${edge.label ?? ''}`} className="ta-diagram-edge">
              <path d={pathOf(from, to)} markerEnd={`url(#${arrow})`}>
                {edge.label && <title>{edge.label}</title>}
              </path>
            </g>
          );
        })}
        {nodes.map((node) => {
          const { x, y } = centre(node);
          return (
            <g key={node.id} className={`ta-diagram-node ta-diagram-${node.phase}`}>
              <rect x={x - BOX.width / 2} y={y - BOX.height / 2} width={BOX.width} height={BOX.height} rx={6} />
              <text x={x} y={y} dominantBaseline="central" textAnchor="middle">
                {node.label}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
