import { PREVIOUS, type Side, type Title, type Tone, type Workflow } from './workflow.ts';

export interface DiagramNode {
  readonly id: string;
  readonly title: Title;
  readonly tone: Tone;
  readonly turn: Side | 'nobody';
  readonly final: boolean;
}

export interface DiagramEdge {
  readonly from: string;
  readonly to: string;
  readonly action: string;
  readonly title: Title;
  readonly who: Side;
  /** On the straight way from first to last state; the others are side moves. */
  readonly main: boolean;
}

/**
 * States and moves as a graph. A move back to "where it was" becomes one edge to every state from which its source
 * can be entered.
 */
export function diagram<S extends string, A extends string, G extends string>(
  workflow: Workflow<S, A, G>,
): { readonly nodes: readonly DiagramNode[]; readonly edges: readonly DiagramEdge[] } {
  const names = Object.keys(workflow.states) as S[];
  const nodes = names.map((id) => {
    const { title, tone, turn, final } = workflow.states[id];
    return { id, title, tone, turn, final: final === true };
  });
  const edges = workflow.transitions.flatMap(({ action, from, to, title, who, main }) =>
    from.flatMap((source) =>
      (to === PREVIOUS ? entrancesOf(workflow, source) : [to])
        .filter((target) => target !== source)
        .map((target) => ({ from: source, to: target, action, title, who, main: main === true })),
    ),
  );
  return { nodes, edges };
}

/** States from which a direct move enters `state`. */
function entrancesOf<S extends string, A extends string, G extends string>(
  workflow: Workflow<S, A, G>,
  state: S,
): readonly S[] {
  const sources = workflow.transitions.filter((move) => move.to === state).flatMap((move) => move.from);
  return [...new Set(sources)].filter((source) => source !== state);
}

/**
 * What is wrong with a table: states nobody can reach, states nobody can leave though they are not final, two moves of
 * the same name from one state, a state with two main buttons for one side, and empty titles.
 * @returns sentences that name the place; empty when the table is sound
 */
export function workflowFaults<S extends string, A extends string, G extends string>(
  workflow: Workflow<S, A, G>,
): readonly string[] {
  const { nodes, edges } = diagram(workflow);
  const reached = new Set<string>([workflow.initial]);
  for (const state of reached) for (const edge of edges) if (edge.from === state) reached.add(edge.to);
  const faults: string[] = [];
  for (const node of nodes) {
    if (!reached.has(node.id)) faults.push(`state ${node.id} cannot be reached from ${workflow.initial}`);
    if (!node.final && !edges.some((edge) => edge.from === node.id)) {
      faults.push(`state ${node.id} cannot be left and is not final`);
    }
    if (node.final && node.turn !== 'nobody') faults.push(`state ${node.id} is final but waits for ${node.turn}`);
  }
  return [...faults, ...ambiguities(workflow), ...untitled(workflow)];
}

function ambiguities<S extends string, A extends string, G extends string>(workflow: Workflow<S, A, G>): string[] {
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const move of workflow.transitions) {
    for (const state of move.from) {
      const keys = [
        `action ${move.action} from ${state}`,
        ...(move.main ? [`main button of ${move.who} in ${state}`] : []),
      ];
      for (const key of keys) {
        if (seen.has(key)) faults.push(`${key} is defined twice`);
        seen.add(key);
      }
    }
  }
  return faults;
}

function untitled<S extends string, A extends string, G extends string>(workflow: Workflow<S, A, G>): string[] {
  const named = [
    ...Object.entries<{ title: Title }>(workflow.states).map(([id, { title }]) => ({ id: `state ${id}`, title })),
    ...workflow.transitions.map(({ action, title }) => ({ id: `action ${action}`, title })),
  ];
  return named.filter(({ title }) => title.zh === '' || title.en === '').map(({ id }) => `${id} has no title`);
}
