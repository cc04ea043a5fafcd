import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#platform/errors.ts';
import { type Span, type SweepOptions, sweep, type Unfinished } from './sweep.ts';

const HOUR = 3_600_000;
const { signal } = new AbortController();

interface Swept {
  readonly spans: readonly Span[];
  readonly unfinished: Unfinished | undefined;
}

async function swept(
  options: Omit<SweepOptions, 'signal' | 'onUnfinished'>,
  ask: (span: Span) => Promise<unknown>,
): Promise<Swept> {
  let unfinished: Unfinished | undefined;
  const onUnfinished = (why: Unfinished) => {
    unfinished = why;
  };
  const spans: Span[] = [];
  for await (const { span } of sweep({ ...options, signal, onUnfinished }, ask)) spans.push(span);
  return { spans, unfinished };
}

const tooLong = () => Promise.reject(new AppError('unavailable', { public: 'too long', reason: 'events.timeout' }));

describe('a range looked at piece by piece', () => {
  it('covers every moment of it exactly once, from either end, in steps', async () => {
    const range = fc
      .tuple(fc.integer({ min: 0, max: 10 ** 11 }), fc.integer({ min: 1, max: 10 ** 11 }))
      .map(([from, ms]) => ({ from: new Date(from), to: new Date(from + ms) }));
    const side = fc.constantFrom('newest' as const, 'oldest' as const);
    const step = fc.constantFrom(1_000, HOUR, 24 * HOUR);
    await fc.assert(
      fc.asyncProperty(range, side, step, async (whole, from, stepMs) => {
        const { spans } = await swept({ range: whole, from, stepMs, budgetMs: 60_000 }, async () => 0);
        const ordered = from === 'oldest' ? spans : spans.toReversed();
        assert.equal(ordered[0]?.from.getTime(), whole.from.getTime());
        assert.equal(ordered.at(-1)?.to.getTime(), whole.to.getTime());
        for (const [index, span] of ordered.entries()) {
          assert.ok(span.to > span.from);
          const next = ordered[index + 1];
          if (next === undefined) continue;
          assert.equal(span.to.getTime(), next.from.getTime(), 'neither a gap nor an overlap');
          assert.equal(span.to.getTime() % stepMs, 0, 'pieces meet on a step');
        }
      }),
      { numRuns: 100 },
    );
  });

  const range = { from: new Date(0), to: new Date(64 * HOUR) };

  it('begins with a piece as long as it is told, else with a quarter', async () => {
    const firstHours = async (firstMs?: number) => {
      const { spans } = await swept({ range, from: 'newest', stepMs: HOUR, budgetMs: 60_000, firstMs }, async () => 1);
      const [first] = spans;
      return first === undefined ? 0 : (first.to.getTime() - first.from.getTime()) / HOUR;
    };
    assert.equal(await firstHours(), 16);
    assert.equal(await firstHours(40 * HOUR), 40);
    assert.equal(await firstHours(2 * HOUR), 2);
    assert.equal(await firstHours(100 * HOUR), 64);
  });

  it('asks again in smaller parts for what was too much at once', async () => {
    const most = 2 * HOUR;
    const ask = async ({ from, to }: Span) => (to.getTime() - from.getTime() > most ? tooLong() : 1);
    const { spans, unfinished } = await swept({ range, from: 'newest', stepMs: HOUR, budgetMs: 60_000 }, ask);
    assert.equal(spans.at(-1)?.from.getTime(), 0);
    assert.equal(unfinished, undefined);
  });

  it('ends with what it has when a piece cannot be made smaller, and says why', async () => {
    const ask = async ({ to }: Span) => (to < range.to ? tooLong() : 1);
    const { spans, unfinished } = await swept({ range, from: 'newest', stepMs: HOUR, budgetMs: 60_000 }, ask);
    assert.equal(spans.length, 1);
    assert.equal(unfinished, 'time');
  });

  it('ends when its time is over, after at least one piece', async () => {
    const { spans, unfinished } = await swept({ range, from: 'newest', stepMs: HOUR, budgetMs: 0 }, async () => 1);
    assert.equal(spans.length, 1);
    assert.equal(unfinished, 'time');
  });

  it('passes other faults on, and a bound when there is nothing to show', async () => {
    const options = { range, from: 'newest', stepMs: HOUR, budgetMs: 60_000 } as const;
    await assert.rejects(
      swept(options, () => Promise.reject(new Error('broken'))),
      /broken/,
    );
    await assert.rejects(swept(options, tooLong), AppError);
  });
});
