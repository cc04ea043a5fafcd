import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Normalise } from '#domain/telemetry/normalise.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';

/** The rule pack of this checkout. */
const RULES_FOLDER = resolve(import.meta.dirname, '../../content/rules');

const step = z.strictObject({
  /** `{n}` becomes the number of the repetition, from 1. */
  line: z.string(),
  source: z.string().optional(),
  repeat: z.number().int().min(1).max(2000).default(1),
  /** Time between repetitions. */
  everySeconds: z.number().min(0).default(1),
  /** Time since the step before. */
  afterSeconds: z.number().min(0).default(1),
});
const name = z.string().min(1);
const source = z.string().min(1);
const ruleCase = z.union([
  z.strictObject({ name, source, line: z.string() }),
  z.strictObject({ name, source, events: z.array(step).min(1) }),
]);
const caseFile = z.strictObject({ hits: z.array(ruleCase).min(1), misses: z.array(ruleCase).min(1) });

export type RuleCase = z.infer<typeof ruleCase>;

/** A rule file with the cases beside it. */
export interface RuleFileCases {
  /** Path below content/rules. */
  readonly file: string;
  readonly text: string;
  readonly hits: readonly RuleCase[];
  readonly misses: readonly RuleCase[];
}

/** Every rule file of the pack with its `<rule>.test.yml`; a missing or malformed one throws with its path. */
export function rulesWithCases(): RuleFileCases[] {
  const files = readdirSync(RULES_FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yml') && !entry.name.endsWith('.test.yml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return files.map((path) => {
    const casesPath = path.replace(/\.yml$/, '.test.yml');
    const cases = caseFile.safeParse(parse(readFileSync(casesPath, 'utf8')));
    if (!cases.success) throw new Error(`${casesPath}: ${z.prettifyError(cases.error)}`);
    return { file: relative(RULES_FOLDER, path), text: readFileSync(path, 'utf8'), ...cases.data };
  });
}

/** The events of a case in order: a sequence gets its own clock, a single line keeps the time it says. */
export function eventsOf(ruleCase: RuleCase, normalise: Normalise, startMs: number): SecurityEvent[] {
  const line = (text: string, sourceHint: string, index: number) =>
    normalise({
      id: `case-${index}`,
      text,
      receivedAtMs: startMs,
      unitPath: '/450000/450100/',
      sourceHint,
      sender: '',
    });
  if ('line' in ruleCase) return [line(ruleCase.line, ruleCase.source, 0)];
  const events: SecurityEvent[] = [];
  let timeMs = startMs;
  for (const { line: text, source: own, repeat, everySeconds, afterSeconds } of ruleCase.events) {
    if (events.length > 0) timeMs += afterSeconds * 1000;
    for (let n = 1; n <= repeat; n++) {
      if (n > 1) timeMs += everySeconds * 1000;
      const event = line(text.replaceAll('{n}', String(n)), own ?? ruleCase.source, events.length);
      events.push({ ...event, timeMs: Math.round(timeMs) });
    }
  }
  return events;
}
