import { parentPort, workerData } from 'node:worker_threads';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { feasibility } from '#engine/sigma/feasibility.ts';
import { compileRules, type Matcher } from '#engine/sigma/matcher.ts';
import { loadPack, type RulePack } from '#engine/sigma/pack.ts';
import type { Answer, Question, WorkerHit, WorkerStart } from './messages.ts';
import { type CannotFire, type Catalogue, summarise } from './rule.ts';
import { readRuleFiles } from './rule-files.ts';

/** Runs in a thread of its own: reads and compiles the rules, then answers batches of events one after the other. */

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

function matchAll(matcher: Matcher, number: number, events: readonly SecurityEvent[]): Answer {
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
  let matcher = compileRules(pack.rules);
  const answer = (message: Answer): void => parentPort?.postMessage(message);
  parentPort?.on('message', (question: Question) => {
    if (question.kind === 'match') answer(matchAll(matcher, question.number, question.events));
    else {
      const off = new Set(question.ruleIds);
      matcher = compileRules(pack.rules.filter((rule) => !off.has(rule.id)));
    }
  });
  answer({ kind: 'ready', catalogue: catalogueOf(pack, start, startedMs) });
}

run().catch((cause: unknown) => {
  const message: Answer = { kind: 'failed', message: cause instanceof Error ? cause.message : String(cause) };
  parentPort?.postMessage(message);
});
