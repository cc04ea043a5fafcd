import { parentPort } from 'node:worker_threads';
import {
  BatchRows,
  loadSources,
  type Normalise,
  normaliser,
  type RawLine,
  readBatch,
  setAside,
  withPlausibleTime,
} from '#domain/telemetry/index.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { AssetIndex } from '#engine/identity/asset-index.ts';
import { Enricher } from '#engine/identity/enrich.ts';
import { feasibility } from '#engine/sigma/feasibility.ts';
import { compileRules, type Matcher } from '#engine/sigma/matcher.ts';
import { loadPack, type RulePack } from '#engine/sigma/pack.ts';
import { errorText } from './faults.ts';
import { Finding } from './found.ts';
import { type Asked, askRules, type Matched, matchAll, notAsked } from './match.ts';
import type { Answer, Question, Stuck, WorkerStart } from './messages.ts';
import { Progress } from './progress.ts';
import { type CannotFire, type Catalogue, summarise } from './rule.ts';
import { readRuleFiles } from './rule-files.ts';

type Work = Extract<Question, { kind: 'work' }>;

/** What a thread works with. */
export interface Tools {
  readonly normalise: Normalise;
  /** The matcher without the rules that are off. */
  readonly matcherWithout: (ruleIds: ReadonlySet<string>) => Matcher;
}

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

/** Reads the rules and sources that a thread needs. @throws Error when a rule folder cannot be read */
export async function openTools(start: WorkerStart): Promise<{ tools: Tools; catalogue: Catalogue }> {
  const startedMs = performance.now();
  const pack = loadPack(await readRuleFiles(start.directories), { timeZone: start.timeZone });
  const sources = await loadSources();
  const layouts = new Map([...sources].flatMap(([id, { rawLayout }]) => (rawLayout ? [[id, rawLayout] as const] : [])));
  const matcherWithout = (off: ReadonlySet<string>) =>
    compileRules(
      pack.rules.filter(({ id }) => !off.has(id)),
      layouts,
    );
  return { tools: { normalise: normaliser(sources), matcherWithout }, catalogue: catalogueOf(pack, start, startedMs) };
}

/** Answers the questions of the main thread one after the other, and says on the way where it is. */
export class DetectionThread {
  private readonly normalise: Normalise;
  private readonly matcherWithout: Tools['matcherWithout'];
  private readonly keepMessage: boolean;
  private readonly progress: Progress;
  private matcher: Matcher;
  /** Absent until the ledger was given. */
  private enricher: Enricher | undefined;

  constructor({ normalise, matcherWithout }: Tools, { keepMessage, progress }: WorkerStart) {
    this.normalise = normalise;
    this.matcherWithout = matcherWithout;
    this.keepMessage = keepMessage;
    this.progress = new Progress(progress);
    this.matcher = matcherWithout(new Set());
  }

  listen(): void {
    parentPort?.on('message', (question: Question) => this.take(question));
  }

  private take(question: Question): void {
    if (question.kind === 'match') {
      tell({ kind: 'matched', number: question.number, matched: this.match(question.events) });
    } else if (question.kind === 'work') {
      try {
        tell(this.work(question));
      } catch (cause) {
        tell({ kind: 'not-worked', number: question.number, error: errorText(cause) });
      }
    } else if (question.kind === 'assets') this.enricher = new Enricher(new AssetIndex(question.parts));
    else this.matcher = this.matcherWithout(new Set(question.ruleIds));
    this.progress.set('waiting');
  }

  /**
   * Reads the records of a batch, matches their events and lays them out as rows. Event by event: what lives no longer than
   * its event costs the garbage collector nothing, and it would be the busiest part otherwise.
   */
  private work({ number, bytes, records, stuck, room }: Work): Answer {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const rows = new BatchRows({ keepMessage: this.keepMessage }, Buffer.from(room));
    const finding = new Finding();
    let position = 0;
    const read: Normalise = (line) => {
      this.progress.set('reading', position);
      const known = stuck.find((place) => place.stage === 'reading' && place.position === position);
      return known === undefined ? this.read(line) : setAside(line, known.error);
    };
    const payloads = records.map(({ id, from, to }) => ({ id, payload: all.subarray(from, to) }));
    readBatch(payloads, read, (event, line) => {
      finding.add(event, this.ask(event, position, stuck));
      rows.add(event, line);
      position += 1;
    });
    return { kind: 'worked', number, ...rows.finish(), found: finding.finish(this.matcher.takeCandidates()) };
  }

  private read(line: RawLine): SecurityEvent {
    const event = withPlausibleTime(this.normalise(line));
    return this.enricher?.enrich(event, line.sender) ?? event;
  }

  /** @param position of the event in its batch */
  private ask(event: SecurityEvent, position: number, stuck: readonly Stuck[]): Asked {
    const known = stuck.find((place) => place.position === position);
    if (known !== undefined) return notAsked(known.error);
    this.progress.set('matching', position);
    return askRules(this.matcher, event);
  }

  private match(events: readonly SecurityEvent[]): Matched {
    return matchAll(this.matcher, events, (index) => this.progress.set('matching', index));
  }
}

/** Sends an answer to the main thread. */
export function tell(message: Answer): void {
  const bytes = message.kind === 'worked' ? message.rows.bytes.buffer : undefined;
  parentPort?.postMessage(message, bytes instanceof ArrayBuffer ? [bytes] : []);
}
