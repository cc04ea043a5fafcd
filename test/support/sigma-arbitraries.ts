import fc from 'fast-check';
import { all, any, type Condition, not, type ValueTest } from '#engine/condition/condition.ts';
import type { Piece } from '#engine/condition/pattern.ts';
import { parseRegex } from '#engine/condition/regex/parse.ts';
import type { FieldValue, SecurityEvent } from '#engine/fields/event.ts';

/** Arbitrary conditions and events over few letters and fields, so that many of them meet. */

const letter = fc.constantFrom('a', 'B', 'c', '\\', '.', '-', '/', 'Ж', 'ж', '😀', '1', '0');
const text = fc.string({ unit: letter, maxLength: 9 });
const field = fc.constantFrom('EventID', 'Image', 'CommandLine', 'src_ip', 'SourceIp', 'Odd');

const pieceOver = (text: fc.Arbitrary<string>): fc.Arbitrary<Piece> =>
  fc.oneof(
    { weight: 4, arbitrary: text.map((value): Piece => ({ text: value })) },
    { weight: 1, arbitrary: fc.constantFrom<Piece>({ wild: 'any' }, { wild: 'one' }, { wild: 'dash' }) },
  );
const textTestOver = (text: fc.Arbitrary<string>): fc.Arbitrary<ValueTest> =>
  fc.record({
    op: fc.constant('text' as const),
    pattern: fc.oneof(
      fc.array(pieceOver(text), { maxLength: 5 }),
      // `contains`, `startswith`, `endswith` of one text, which most tests of rules are.
      fc
        .tuple(fc.boolean(), text, fc.boolean())
        .map(([before, value, after]): Piece[] => [
          ...(before ? [{ wild: 'any' } as const] : []),
          { text: value },
          ...(after ? [{ wild: 'any' } as const] : []),
        ]),
    ),
    cased: fc.boolean(),
  });
const expressions = ['a.c', '(?i)ab+', '^1?0$', '[а-я]Ж', 'x*'].flatMap((source) => {
  const { regex } = { regex: undefined, ...parseRegex(source) };
  return regex ? [regex] : [];
});
const valueTestOver = (text: fc.Arbitrary<string>): fc.Arbitrary<ValueTest> =>
  fc.oneof(
    { weight: 6, arbitrary: textTestOver(text) },
    { weight: 1, arbitrary: fc.constantFrom(...expressions).map((regex): ValueTest => ({ op: 'regex', regex })) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 0, max: 11 }).map((value): ValueTest => ({ op: 'number', compare: 'gte', value })),
    },
    { weight: 1, arbitrary: fc.constant<ValueTest>({ op: 'cidr', network: '10.0.0.0/8' }) },
  );
const leafOver = (field: fc.Arbitrary<string>, text: fc.Arbitrary<string>): fc.Arbitrary<Condition> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('field' as const), field, test: valueTestOver(text) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('keyword' as const), test: textTestOver(text) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('absent' as const), field }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('reference' as const),
        field,
        other: field,
        how: fc.constantFrom('equals' as const, 'starts' as const, 'ends' as const, 'contains' as const),
        cased: fc.boolean(),
      }),
    },
  );
/** Conditions over the fields that `field` gives, with the texts that `text` gives. */
export const conditionOver = (field: fc.Arbitrary<string>, text: fc.Arbitrary<string>): fc.Arbitrary<Condition> =>
  fc.letrec<{ node: Condition }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leafOver(field, text),
      fc.array(tie('node'), { minLength: 1, maxLength: 7 }).map(all),
      fc.array(tie('node'), { minLength: 1, maxLength: 7 }).map(any),
      tie('node').map(not),
    ),
  })).node;
export const anyCondition = conditionOver(field, text);

const fieldValue: fc.Arbitrary<FieldValue> = fc.oneof(
  text,
  fc.constantFrom('10.1.2.3', '10', '1'),
  fc.array(text, { maxLength: 3 }),
);
export const anyEvent: fc.Arbitrary<SecurityEvent> = fc
  .dictionary(field, fieldValue, { noNullPrototype: true })
  .map((fields) => ({
    id: '1',
    timeMs: 0,
    receivedAtMs: 0,
    source: 'test',
    logsource: { product: 'windows', category: '', service: '' },
    unitPath: '/',
    fields,
    raw: '',
    problem: '',
  }));
