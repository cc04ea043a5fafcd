import { parentPort, workerData } from 'node:worker_threads';
import { BatchRows, loadSources, type Normalise, normaliser, readBatch } from '#domain/telemetry/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { feasibility } from '#engine/sigma/feasibility.ts';
import { compileRules, type Matcher } from '#engine/sigma/matcher.ts';
import { loadPack, type RulePack } from '#engine/sigma/pack.ts';
import { errorText } from './faults.ts';
import { type Found, foundIn, joinFound } from './found.ts';
import type { Answer, Question, WorkerHit, WorkerStart } from './messages.ts';
import { type CannotFire, type Catalogue, summarise } from './rule.ts';
import { readRuleFiles } from './rule-files.ts';

/**
 * Runs in a thread of its own: reads and compiles the rules, then answers batches one after the other. Bytes come in and
 * finished rows go out; of the events only those that a rule found leave the thread.
 */

function catalogueOf(pack: RulePack, start: WorkerStart, startedMs: number): Catalogue {
  const { rules } = summarise(pack);
  const cannotFire: Record<string, CannotFire> = {};
  for (const rule of pack.rules) {
    const answer = feasibility(rule, start.supplies);
    if (!answer.possible) cannotFire[rule.id] = { reason: answer.reason, fields: answer.fields };
  }
  const loadMs = Math.round(performance.now() - startedMs);
  const reading = { placeholders: pack.placeholders, timeZone: start.timeZone };
  return { rules, correlations: pack.correlations, problems: pack.problems, reading, cannotFire, loadMs };
}

type Matched = Extract<Answer, { kind: 'matched' }>;

/** Reads the records of a batch, matches their events and lays them out as rows. */
function work(
  matcher: Matcher,
  normalise: Normalise,
  { number, bytes, records }: Extract<Question, { kind: 'work' }>,
  keepMessage: boolean,
): Answer {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = new BatchRows({ keepMessage });
  const found: Found[] = [];
  // Record by record: events of a whole batch at a time would live long enough to make the garbage collector the busiest part.
  for (const { id, from, to } of records) {
    const read = readBatch([{ id, payload: all.subarray(from, to) }], normalise);
    found.push(foundIn(read.events, matchAll(matcher, number, read.events)));
    rows.add(read);
  }
  return { kind: 'worked', number, ...rows.finish(), found: joinFound(found) };
}

function matchAll(matcher: Matcher, number: number, events: readonly SecurityEvent[]): Matched {
  const hits: WorkerHit[] = [];
  const failedEvents: number[] = [];
  let error = '';
  events.forEach((event, index) => {
    try {
      for (const hit of matcher.match(event)) hits.push({ ruleId: hit.ruleId, event: index, matched: hit.matched });
    } catch (cause) {
      // One event that breaks a rule must not stop the others; it is counted and shown.
      failedEvents.push(index);
      error ||= cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    }
  });
  return { kind: 'matched', number, hits, failedEvents, error };
}

async function run(): Promise<void> {
  const startedMs = performance.now();
  const start: WorkerStart = workerData;
  const pack = loadPack(await readRuleFiles(start.directories), { timeZone: start.timeZone });
  const sources = await loadSources();
  const layouts = new Map([...sources].flatMap(([id, { rawLayout }]) => (rawLayout ? [[id, rawLayout] as const] : [])));
  let matcher = compileRules(pack.rules, layouts);
  const normalise = normaliser(sources);
  const answer = (message: Answer): void => {
    const bytes = message.kind === 'worked' ? message.rows.bytes.buffer : undefined;
    parentPort?.postMessage(message, bytes instanceof ArrayBuffer ? [bytes] : []);
  };
  parentPort?.on('message', (question: Question) => {
    if (question.kind === 'match') answer(matchAll(matcher, question.number, question.events));
    else if (question.kind === 'work') {
      try {
        answer(work(matcher, normalise, question, start.keepMessage));
      } catch (cause) {
        answer({ kind: 'not-worked', number: question.number, error: errorText(cause) });
      }
    } else {
      const off = new Set(question.ruleIds);
      matcher = compileRules(
        pack.rules.filter((rule) => !off.has(rule.id)),
        layouts,
      );
    }
  });
  answer({ kind: 'ready', catalogue: catalogueOf(pack, start, startedMs) });
}

run().catch((cause: unknown) => {
  const message: Answer = { kind: 'failed', message: cause instanceof Error ? cause.message : String(cause) };
  parentPort?.postMessage(message);
});
