import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagram, workflowFaults } from './diagram.ts';
import { allowedActions, mainAction, next, PREVIOUS, type Transition, type Workflow } from './workflow.ts';

type S = 'draft' | 'sent' | 'held' | 'done';
type A = 'send' | 'hold' | 'resume' | 'finish';
const title = (text: string) => ({ zh: text, en: text });
const move = (
  action: A,
  from: readonly S[],
  to: S | typeof PREVIOUS,
  rest: Partial<Transition<S, A, string>> = {},
) => ({
  action,
  from,
  to,
  permission: `thing.${action}`,
  title: title(action),
  who: 'centre' as const,
  guards: [],
  clock: 'none' as const,
  ...rest,
});
const sound: Workflow<S, A, string> = {
  name: 'thing',
  initial: 'draft',
  states: {
    draft: { title: title('draft'), tone: 'waiting', turn: 'centre' },
    sent: { title: title('sent'), tone: 'moving', turn: 'unit' },
    held: { title: title('held'), tone: 'waiting', turn: 'centre' },
    done: { title: title('done'), tone: 'done', turn: 'nobody', final: true },
  },
  transitions: [
    move('send', ['draft'], 'sent', { main: true }),
    move('hold', ['draft', 'sent'], 'held'),
    move('resume', ['held'], PREVIOUS, { main: true }),
    move('finish', ['sent'], 'done', { who: 'unit', main: true }),
  ],
};
const centre = { side: 'centre' as const, may: () => true };

test('a move is offered only to its side and to those who hold its permission', () => {
  assert.deepEqual(
    allowedActions(sound, 'sent', centre).map(({ action }) => action),
    ['hold'],
  );
  assert.equal(mainAction(sound, 'sent', { side: 'unit', may: () => true })?.action, 'finish');
  assert.equal(mainAction(sound, 'sent', { side: 'unit', may: () => false }), undefined);
  assert.equal(mainAction(sound, 'sent', centre), undefined);
});

test('a move leads where the table says, back to where it was, or says why not', () => {
  const sent = next(sound, 'draft', 'send');
  assert.equal(sent.ok && sent.to, 'sent');
  const back = next(sound, 'held', 'resume', 'sent');
  assert.equal(back.ok && back.to, 'sent');
  assert.deepEqual(next(sound, 'held', 'resume'), { ok: false, reason: 'nowhere_to_return' });
  assert.deepEqual(next(sound, 'done', 'send'), { ok: false, reason: 'not_from_here' });
});

test('a sound table has no faults', () => {
  assert.deepEqual(workflowFaults(sound), []);
});

test('every fault of a table is named with its place', () => {
  const broken: Workflow<S, A, string> = {
    ...sound,
    states: { ...sound.states, held: { title: title(''), tone: 'waiting', turn: 'centre' } },
    transitions: [move('send', ['draft'], 'sent', { main: true }), move('finish', ['draft'], 'done', { main: true })],
  };
  assert.deepEqual(workflowFaults(broken), [
    'state sent cannot be left and is not final',
    'state held cannot be reached from draft',
    'state held cannot be left and is not final',
    'main button of centre in draft is defined twice',
    'state held has no title',
  ]);
});

test('the diagram has one edge per way back from a state that is only visited', () => {
  const { nodes, edges } = diagram(sound);
  assert.equal(nodes.length, 4);
  assert.deepEqual(
    edges.filter(({ from }) => from === 'held').map(({ to }) => to),
    ['draft', 'sent'],
  );
});
