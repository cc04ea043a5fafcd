import fc from 'fast-check';
import type { CorrelationHit } from '#engine/sigma/correlator-part.ts';
import type { RuleHit } from '#engine/sigma/correlator-state.ts';
import type { CorrelationType, SigmaCorrelation } from '#engine/sigma/rule.ts';

/** Correlations of every kind, chained, with and without groups and aliases, and streams of hits that arrive as they like. */

const HEAD = {
  name: '',
  title: '',
  description: '',
  author: '',
  status: 'test',
  level: 'high',
  date: '',
  modified: '',
  license: '',
  references: [],
  tags: [],
  falsePositives: [],
  fields: [],
  extra: {},
  file: 'test',
  line: 1,
  text: '',
} as const;

const SPAN_MS = 1_000;

const correlation = (
  id: string,
  type: CorrelationType,
  rules: readonly string[],
  change: Partial<SigmaCorrelation> = {},
): SigmaCorrelation => ({
  ...HEAD,
  id,
  kind: 'correlation',
  type,
  rules,
  groupBy: ['user'],
  timespanMs: SPAN_MS,
  aliases: {},
  bounds: [],
  valueFields: [],
  percentile: 0,
  names: undefined,
  generate: false,
  ...change,
});

const atLeast = (value: number) => [{ compare: 'gte', value }] as const;
const below = (value: number) => [{ compare: 'lt', value }] as const;
const who = { user: { a: 'caller', b: 'callee' } };

export const CORRELATIONS: readonly SigmaCorrelation[] = [
  correlation('count', 'event_count', ['a'], { bounds: atLeast(2) }),
  correlation('count-all', 'event_count', ['a', 'b'], { bounds: atLeast(4), groupBy: [] }),
  correlation('few', 'event_count', ['b'], { bounds: below(2) }),
  correlation('values', 'value_count', ['a', 'b'], { bounds: atLeast(2), valueFields: ['value'] }),
  correlation('sum', 'value_sum', ['a'], { bounds: atLeast(5), valueFields: ['value'] }),
  correlation('average', 'value_avg', ['a'], { bounds: atLeast(2), valueFields: ['value'] }),
  correlation('percentile', 'value_percentile', ['b'], { bounds: atLeast(2), valueFields: ['value'], percentile: 50 }),
  correlation('both', 'temporal', ['a', 'b'], { aliases: who }),
  correlation('ordered', 'temporal_ordered', ['a', 'b'], { groupBy: ['user', 'host'] }),
  correlation('only', 'temporal', ['a', 'b'], {
    names: {
      kind: 'and',
      of: [
        { kind: 'name', rule: 'a' },
        { kind: 'not', of: { kind: 'name', rule: 'b' } },
      ],
    },
  }),
  correlation('absent', 'absence', ['a', 'b'], { aliases: who }),
  correlation('chain', 'event_count', ['count'], { bounds: atLeast(2), timespanMs: 60 * SPAN_MS }),
  correlation('chain-wide', 'temporal_ordered', ['few', 'absent'], { groupBy: [], timespanMs: 10 * SPAN_MS }),
  correlation('chain-narrow', 'temporal', ['ordered', 'a'], { aliases: { user: { a: 'caller' } } }),
];

export const idOf = (name: string): string => name;

const anyHit = fc.record({
  ruleId: fc.constantFrom('a', 'b', 'c'),
  /** Since the hit before. Long pauses let time spans run out. */
  stepMs: fc.oneof({ arbitrary: fc.integer({ min: 0, max: 300 }), weight: 4 }, fc.integer({ min: 0, max: 6_000 })),
  lateMs: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.integer({ min: 0, max: 5_000 })),
  unitPath: fc.constantFrom('/1/', '/2/'),
  user: fc.constantFrom('u', 'U', 'v', ''),
  host: fc.constantFrom('h', 'i'),
  other: fc.constantFrom('u', 'v'),
  value: fc.constantFrom('1', '2', '3', '-1', 'x', ''),
});

/** Hits with the stream's clock at each, in the order of their arrival. */
export const anyStream: fc.Arbitrary<RuleHit[]> = fc
  .array(anyHit, { minLength: 1, maxLength: 80, size: 'max' })
  .map((drawn) => {
    let clockMs = 1_000_000;
    return drawn.map(({ ruleId, stepMs, lateMs, unitPath, user, host, other, value }, index) => {
      clockMs += stepMs;
      const given = { user, host, caller: user, callee: other, value };
      return {
        ruleId,
        clockMs,
        event: {
          id: `e${index}`,
          timeMs: clockMs - lateMs,
          receivedAtMs: clockMs,
          source: 'test',
          logsource: { product: '', category: '', service: '' },
          unitPath,
          fields: Object.fromEntries(Object.entries(given).filter(([, text]) => text !== '')),
          raw: '',
          problem: '',
        },
      };
    });
  });

/** What an alert would be made of, as text. */
export const textOf = ({ correlation: { id }, group, event, eventIds, count, firstMs, atMs }: CorrelationHit): string =>
  JSON.stringify([id, group, event.id, event.unitPath, eventIds, count, firstMs, atMs]);
