import { parentPort, workerData } from 'node:worker_threads';
import { type Normalise, normaliser, UNPARSED } from '#domain/telemetry/normalise.ts';
import { loadSources } from '#domain/telemetry/sources.ts';
import { valuesOf } from '#engine/condition/evaluate.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { lookUp } from '#engine/fields/lookup.ts';
import { toRow } from '#engine/fields/row.ts';
import { readEvtxChunk } from '#engine/formats/evtx/evtx.ts';
import { compileRules, type Matcher } from '#engine/sigma/matcher.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import type { DetectAnswer, DetectStart, Finding, Found, Piece } from './detect-messages.ts';

/** Runs in a thread of its own: reads records, makes events of them, asks the rules. */

const NO_UNIT = '/';
const WHY_MAX = 200;

function recordsOf({ kind, bytes, ends }: Piece): { texts: readonly string[]; damaged: number } {
  if (kind === 'evtx') {
    const { events, damaged } = readEvtxChunk(bytes);
    return { texts: events, damaged };
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    texts: Array.from(ends, (end, index) => buffer.toString('utf8', index === 0 ? 0 : ends[index - 1], end)),
    damaged: 0,
  };
}

/** The few fields a correlation needs, under the names it asks for. */
function reduced(event: SecurityEvent, names: readonly string[]): SecurityEvent {
  const fields = names.flatMap((name) => {
    const value = lookUp(event.fields, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...event, fields: Object.fromEntries(fields), raw: '' };
}

/** Ids that sort as their records stand in the files, whichever thread is first. */
const padded = (number: number): string => String(number).padStart(8, '0');

class Detector {
  private readonly start: DetectStart;
  private readonly matcher: Matcher;
  private readonly normalise: Normalise;

  constructor(start: DetectStart, normalise: Normalise) {
    const wanted = new Set(start.ruleIds);
    this.start = start;
    this.normalise = normalise;
    this.matcher = compileRules(loadPack(start.files, start.options).rules.filter(({ id }) => wanted.has(id)));
  }

  find(piece: Piece, number: number): Found {
    const { texts, damaged } = recordsOf(piece);
    const findings: Finding[] = [];
    const counted: { ruleId: string; event: SecurityEvent }[] = [];
    let unknown = 0;
    let unknownWhy = '';
    for (const [index, text] of texts.entries()) {
      const event = this.event(text, `${padded(number)}-${padded(index)}`);
      if (event.source === UNPARSED) {
        unknown += 1;
        unknownWhy ||= event.problem.slice(0, WHY_MAX);
      }
      for (const { ruleId, matched } of this.matcher.match(event)) {
        const needed = this.start.counted.get(ruleId);
        if (needed) counted.push({ ruleId, event: reduced(event, needed) });
        if (!this.start.silent.has(ruleId)) findings.push(findingOf(ruleId, event, piece.file, matched));
      }
    }
    return { events: texts.length, unknown, unknownWhy, damaged, findings, counted };
  }

  private event(text: string, id: string): SecurityEvent {
    return this.normalise({
      id,
      text,
      receivedAtMs: Date.now(),
      unitPath: NO_UNIT,
      sourceHint: this.start.source,
      sender: '',
    });
  }
}

function findingOf(ruleId: string, event: SecurityEvent, file: string, matched: Finding['matched']): Finding {
  const row = toRow(event);
  const user = row.target_user || row.user_name || row.subject_user || '';
  const host = row.host || valuesOf(lookUp(event.fields, 'Computer'))[0] || row.source_ip || '';
  const fields = JSON.stringify(event.fields);
  return { ruleId, timeMs: event.timeMs, host, user, source: event.source, file, matched, fields };
}

async function run(): Promise<void> {
  const answer = (message: DetectAnswer): void => parentPort?.postMessage(message);
  const detector = new Detector(workerData, normaliser(await loadSources()));
  parentPort?.on('message', ({ number, piece }: { number: number; piece: Piece }) =>
    answer({ kind: 'found', number, found: detector.find(piece, number) }),
  );
  answer({ kind: 'ready' });
}

run().catch((cause: unknown) => {
  const message: DetectAnswer = { kind: 'failed', message: cause instanceof Error ? cause.message : String(cause) };
  parentPort?.postMessage(message);
});
