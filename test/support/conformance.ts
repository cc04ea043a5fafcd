import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { loadPack, type RulePack } from '#engine/sigma/pack.ts';

const FOLDER = resolve(import.meta.dirname, '../conformance');

const value = z.union([z.string(), z.array(z.string())]);
const fields = z.record(z.string(), value);
const timed = z.object({ t: z.number() }).catchall(value);
const logsource = z.strictObject({
  product: z.string().default(''),
  category: z.string().default(''),
  service: z.string().default(''),
});
const about = { feature: z.string().min(1), timeZone: z.string().optional() };
const outcomes = <Events extends z.ZodType>(events: Events) => ({
  hits: z.array(events).min(1),
  misses: z.array(events).min(1),
});

const detectionCase = z.strictObject({ ...about, detection: z.string(), ...outcomes(fields) });
const filterCase = z.strictObject({
  ...about,
  rules: z.string(),
  logsource: logsource.optional(),
  warns: z.string().optional(),
  ...outcomes(fields),
});
const correlationCase = z.strictObject({
  ...about,
  with: z.array(z.string()).default([]),
  rules: z.string(),
  raises: z.array(z.string()).optional(),
  ...outcomes(z.array(timed).min(1)),
});
const refusedCase = z.strictObject({
  feature: about.feature,
  problem: z.string(),
  detection: z.string().optional(),
  correlation: z.string().optional(),
  name: z.string().optional(),
});

/** Names of the files of cases, without their ending. */
export const conformanceFiles = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => name.slice(0, -4))
    .sort();

const filesOf = (shape: RegExp): string[] => conformanceFiles().filter((name) => shape.test(name));

function read<Case extends z.ZodType>(name: string, schema: Case): z.output<Case>[] {
  const cases = z
    .array(schema)
    .min(1)
    .safeParse(parse(readFileSync(join(FOLDER, `${name}.yml`), 'utf8')));
  if (!cases.success) throw new Error(`test/conformance/${name}.yml: ${z.prettifyError(cases.error)}`);
  return cases.data;
}

/** The lists of `expand` in the cases. */
const PLACEHOLDERS = { admins: ['root', 'admin'] };

/** A rule, or rules, with events that must fire the last of them and events that must not. */
export interface ConformanceCase {
  readonly feature: string;
  readonly pack: RulePack;
  readonly warns: string | undefined;
  readonly hits: readonly SecurityEvent[];
  readonly misses: readonly SecurityEvent[];
}

/** The same over sequences of events. */
export interface SequenceCase {
  readonly feature: string;
  readonly pack: RulePack;
  /** Titles of all that must raise a detection in each hit. */
  readonly raises: readonly string[] | undefined;
  readonly hits: readonly (readonly SecurityEvent[])[];
  readonly misses: readonly (readonly SecurityEvent[])[];
}

/** Everything under one id space: each case's rules get ids of their own. */
let number = 0;

const WINDOWS = { product: 'windows', category: '', service: '' };
const START_MS = Date.UTC(2026, 4, 20, 2, 0, 0);

function event(given: z.output<typeof fields>, source: SecurityEvent['logsource'], seconds = 0): SecurityEvent {
  const { '(raw)': raw = '', ...rest } = given;
  number += 1;
  const timeMs = START_MS + seconds * 1000;
  const text = typeof raw === 'string' ? raw : raw.join('');
  return {
    id: String(number),
    timeMs,
    receivedAtMs: timeMs,
    source: 'test',
    logsource: source,
    unitPath: '/',
    fields: rest,
    raw: text,
    problem: '',
  };
}

function packOf(text: string, timeZone: string | undefined): RulePack {
  number += 1;
  const options = { placeholders: PLACEHOLDERS, ...(timeZone === undefined ? {} : { timeZone }) };
  return loadPack([{ file: `case-${number}.yml`, text }], options);
}

const indented = (text: string, spaces: number): string => text.replaceAll('\n', `\n${' '.repeat(spaces)}`);

const ruleText = (detection: string, title = 'Case'): string =>
  `title: ${title}\nlogsource: { product: windows }\ndetection:\n  ${indented(detection.trimEnd(), 2)}\n`;

/** Values, modifiers, conditions and filters: rules about single events. */
export function conformanceCases(): ConformanceCase[] {
  const single = filesOf(/^(?:values|conditions|modifiers-.*)$/).flatMap((name) => read(name, detectionCase));
  const plain = single.map(({ feature, detection, timeZone, hits, misses }) => ({
    feature,
    pack: packOf(ruleText(detection), timeZone),
    warns: undefined,
    hits: hits.map((one) => event(one, WINDOWS)),
    misses: misses.map((one) => event(one, WINDOWS)),
  }));
  const filtered = read('filters', filterCase).map(({ feature, rules, logsource: own, warns, hits, misses }) => ({
    feature,
    pack: packOf(rules, undefined),
    warns,
    hits: hits.map((one) => event(one, own ?? WINDOWS)),
    misses: misses.map((one) => event(one, own ?? WINDOWS)),
  }));
  return [...plain, ...filtered];
}

/** A rule of this name that is true of events whose `Odd` is the name, and raises nothing of its own. */
const markText = (name: string): string =>
  `${ruleText(`s: { Odd: ${name} }\ncondition: s`, name.toUpperCase())}name: ${name}\nlevel: informational\n`;

/** Correlations. */
export function sequenceCases(): SequenceCase[] {
  const events = (list: readonly z.output<typeof timed>[]): SecurityEvent[] =>
    list.map(({ t, ...rest }) => event(rest, WINDOWS, t));
  return filesOf(/^correlations-/)
    .flatMap((name) => read(name, correlationCase))
    .map(({ feature, with: names, rules, raises, hits, misses }) => ({
      feature,
      pack: packOf([...names.map(markText), rules].join('---\n'), undefined),
      raises,
      hits: hits.map(events),
      misses: misses.map(events),
    }));
}

const PARTS = ['a', 'b']
  .map((name) => `${ruleText(`s: { Odd: ${name} }\ncondition: s`, name)}name: ${name}\n`)
  .join('---\n');

/** Texts that must be refused, each with the code of its first error. */
export function refusedCases(): { feature: string; problem: string; text: string }[] {
  return read('refused', refusedCase).map(({ feature, problem, detection, correlation, name }) => {
    if (detection !== undefined) return { feature, problem, text: ruleText(detection) };
    const head = `title: Case\n${name === undefined ? '' : `name: ${name}\n`}`;
    return { feature, problem, text: `${PARTS}---\n${head}correlation:\n  ${indented(correlation ?? '', 2)}\n` };
  });
}
