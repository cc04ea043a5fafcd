/**
 * Transition tables. One table says what an object may do next; buttons, API actions, audit verbs and the state diagram
 * all follow from it. Pure: a table and a question in, an answer out.
 */

/** A text in both languages of the console. */
export interface Title {
  readonly zh: string;
  readonly en: string;
}

/** On which side of the loop somebody stands: the centre, the unit that was written to, or the platform itself. */
export type Side = 'centre' | 'unit' | 'system';

/** How a state looks: waiting for somebody (grey), moving (blue), done (green). Overdue is a matter of time, not of state. */
export type Tone = 'waiting' | 'moving' | 'done';

/** What a transition does to the working clock of the object. */
type ClockEffect = 'none' | 'start' | 'pause' | 'resume' | 'recompute' | 'stop';

interface StateOf {
  readonly title: Title;
  readonly tone: Tone;
  /** Whose turn it is. */
  readonly turn: Side | 'nobody';
  /** Nothing has to happen after it any more. A final state may still be left (a closed order is reopened). */
  readonly final?: true;
}

/** The target "where it was before": suspended and asked-for orders go back to the state they came from. */
export const PREVIOUS = 'previous';

export interface Transition<State extends string, Action extends string, Guard extends string> {
  readonly action: Action;
  readonly from: readonly State[];
  readonly to: State | typeof PREVIOUS;
  /** Name of the permission, which is also the verb in the journal. */
  readonly permission: string;
  readonly title: Title;
  readonly who: Side;
  readonly guards: readonly Guard[];
  readonly clock: ClockEffect;
  /** The move everybody waits for in these states: the one main button. */
  readonly main?: true;
}

export interface Workflow<State extends string, Action extends string, Guard extends string> {
  readonly name: string;
  readonly initial: State;
  readonly states: Readonly<Record<State, StateOf>>;
  readonly transitions: readonly Transition<State, Action, Guard>[];
}

/** What the asking person is: the side, and a test of permissions. */
export interface Asker {
  readonly side: Side;
  may(permission: string): boolean;
}

/**
 * The moves this person may make from a state, in the order of the table, guards not yet asked.
 * A centre never makes a unit's moves and the other way round, whatever permissions somebody collects.
 */
export function allowedActions<S extends string, A extends string, G extends string>(
  workflow: Workflow<S, A, G>,
  state: S,
  asker: Asker,
): readonly Transition<S, A, G>[] {
  return workflow.transitions.filter(
    (move) => move.from.includes(state) && move.who === asker.side && asker.may(move.permission),
  );
}

/** The one next action for this person, or undefined when it is somebody else's turn. */
export function mainAction<S extends string, A extends string, G extends string>(
  workflow: Workflow<S, A, G>,
  state: S,
  asker: Asker,
): Transition<S, A, G> | undefined {
  return allowedActions(workflow, state, asker).find((move) => move.main === true);
}

export type Step<S extends string, A extends string, G extends string> =
  | { readonly ok: true; readonly to: S; readonly transition: Transition<S, A, G> }
  | { readonly ok: false; readonly reason: 'unknown_action' | 'not_from_here' | 'nowhere_to_return' };

/**
 * Where an action leads.
 * @param previous the state before the present one; needed by moves that go back
 * @returns the next state with its transition, or why there is none
 */
export function next<S extends string, A extends string, G extends string>(
  workflow: Workflow<S, A, G>,
  state: S,
  action: A,
  previous: S | null = null,
): Step<S, A, G> {
  const moves = workflow.transitions.filter((move) => move.action === action);
  if (moves.length === 0) return { ok: false, reason: 'unknown_action' };
  const transition = moves.find((move) => move.from.includes(state));
  if (transition === undefined) return { ok: false, reason: 'not_from_here' };
  if (transition.to !== PREVIOUS) return { ok: true, to: transition.to, transition };
  if (previous === null) return { ok: false, reason: 'nowhere_to_return' };
  return { ok: true, to: previous, transition };
}
