import { isUtf8 } from 'node:buffer';
import { parentPort, workerData } from 'node:worker_threads';
import { type Normalise, normaliser, UNPARSED } from '#domain/telemetry/normalise.ts';
import { loadSources, type Sources } from '#domain/telemetry/sources.ts';
import { explain, type Match, valuesOf } from '#engine/condition/evaluate.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { lookUp } from '#engine/fields/lookup.ts';
import { toRow } from '#engine/fields/row.ts';
import { readEvtxChunk } from '#engine/formats/evtx/evtx.ts';
import { receivedLine } from '#engine/formats/received.ts';
import { compileRules, type Matcher } from '#engine/sigma/matcher.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import { compileRawMatcher, type RawMatcher } from '#engine/sigma/raw/matcher.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import type { DetectAnswer, DetectStart, Finding, Found, Piece } from './detect-messages.ts';

/** Runs in a thread of its own: reads records, asks the rules of their bytes, makes events of those that concern one. */

const NO_UNIT = '/';
const WHY_MAX = 200;

/** The records of a piece: where each begins and ends, or its text where it was made from something else. */
interface Records {
  readonly count: number;
  readonly damaged: number;
  text(index: number): string;
  /** The rules that are true of a record, told from its bytes; undefined when that cannot be said. */
  ask(raw: RawMatcher, index: number): readonly SigmaRule[] | undefined;
}

function recordsOf({ kind, bytes, ends }: Piece): Records {
  if (kind === 'evtx') {
    const { events, damaged } = readEvtxChunk(bytes);
    const text = (index: number): string => events[index] ?? '';
    return { count: events.length, damaged, text, ask: (raw, index) => raw.matchText(text(index)) };
  }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = (index: number): number => ends[index - 1] ?? 0;
  // Bytes that are no UTF-8 become other characters when they are read: then the bytes say nothing.
  const faithful = isUtf8(buffer);
  return {
    count: ends.length,
    damaged: 0,
    text: (index) => receivedLine(buffer.subarray(from(index), ends[index])).text,
    ask: (raw, index) => (faithful ? raw.match(buffer, from(index), ends[index] ?? 0) : undefined),
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
  private readonly raw: readonly RawMatcher[];
  private readonly normalise: Normalise;

  constructor(start: DetectStart, sources: Sources) {
    const wanted = new Set(start.ruleIds);
    const rules = loadPack(start.files, start.options).rules.filter(({ id }) => wanted.has(id));
    this.start = start;
    this.normalise = normaliser(sources);
    this.matcher = compileRules(rules);
    // A source that was named reads every line its own way; the bytes of others say nothing then.
    this.raw = [...sources].flatMap(([id, { rawLayout }]) =>
      rawLayout && (start.source === '' || start.source === id) ? [compileRawMatcher(rules, rawLayout)] : [],
    );
  }

  find(piece: Piece, number: number): Found {
    const records = recordsOf(piece);
    const findings: Finding[] = [];
    const counted: { ruleId: string; event: SecurityEvent }[] = [];
    let unknown = 0;
    let unknownWhy = '';
    for (let index = 0; index < records.count; index += 1) {
      const told = this.told(records, index);
      if (told?.length === 0) continue;
      const event = this.event(records.text(index), `${padded(number)}-${padded(index)}`);
      if (event.source === UNPARSED) {
        unknown += 1;
        unknownWhy ||= event.problem.slice(0, WHY_MAX);
      }
      for (const { rule, matched } of told ? told.map((rule) => explained(rule, event)) : this.matcher.match(event)) {
        const needed = this.start.counted.get(rule.id);
        if (needed) counted.push({ ruleId: rule.id, event: reduced(event, needed) });
        if (!this.start.silent.has(rule.id)) findings.push(findingOf(rule.id, event, piece.file, matched));
      }
    }
    return { events: records.count, unknown, unknownWhy, damaged: records.damaged, findings, counted };
  }

  /** Nearly all events concern no rule, and their bytes tell so at a tenth of what reading them costs. */
  private told(records: Records, index: number): readonly SigmaRule[] | undefined {
    for (const raw of this.raw) {
      const answer = records.ask(raw, index);
      if (answer) return answer;
    }
    return undefined;
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

const explained = (rule: SigmaRule, event: SecurityEvent): { rule: SigmaRule; matched: readonly Match[] } => ({
  rule,
  matched: explain(rule.condition, event),
});

function findingOf(ruleId: string, event: SecurityEvent, file: string, matched: Finding['matched']): Finding {
  const row = toRow(event);
  const user = row.target_user || row.user_name || row.subject_user || '';
  const host = row.host || valuesOf(lookUp(event.fields, 'Computer'))[0] || row.source_ip || '';
  const fields = JSON.stringify(event.fields);
  return { ruleId, timeMs: event.timeMs, host, user, source: event.source, file, matched, fields };
}

async function run(): Promise<void> {
  const answer = (message: DetectAnswer): void => parentPort?.postMessage(message);
  const detector = new Detector(workerData, await loadSources());
  parentPort?.on('message', ({ number, piece }: { number: number; piece: Piece }) =>
    answer({ kind: 'found', number, found: detector.find(piece, number) }),
  );
  answer({ kind: 'ready' });
}

run().catch((cause: unknown) => {
  const message: DetectAnswer = { kind: 'failed', message: cause instanceof Error ? cause.message : String(cause) };
  parentPort?.postMessage(message);
});
