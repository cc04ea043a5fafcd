import { setImmediate } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { BatchRows, eachPlace, loadSources, normaliser, soleSource } from '#domain/telemetry/reading.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { RawRows } from '#engine/fields/raw-row/raw-rows.ts';
import { DEFAULT_ZONE } from '#engine/fields/zone.ts';
import { AssetIndex } from '#engine/identity/asset-index.ts';
import { Enricher } from '#engine/identity/enrich.ts';
import { feasibility } from '#engine/sigma/feasibility.ts';
import { compileRules, type Matcher } from '#engine/sigma/matcher.ts';
import { loadPack, type RulePack } from '#engine/sigma/pack.ts';
import { withoutProse } from '#engine/sigma/rule.ts';
import { BatchReader, type ReadingTools } from './batch-reader.ts';
import { errorText } from './error-text.ts';
import { Finding } from './found.ts';
import { type Matched, matchAll } from './match.ts';
import type { Answer, Question, WorkerStart } from './messages.ts';
import { Progress } from './progress.ts';
import { type CannotFire, type Catalogue, summarise } from './rule.ts';
import { readRuleFiles } from './rule-files.ts';

type Work = Extract<Question, { kind: 'work' }>;

/** What a thread works with. */
export interface Tools extends ReadingTools {
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
  const catalogue = catalogueOf(pack, start, startedMs);
  const rules = pack.rules.map(withoutProse);
  const matcherWithout = (off: ReadonlySet<string>) =>
    compileRules(
      rules.filter(({ id }) => !off.has(id)),
      layouts,
    );
  const rowLayouts = start.keepMessage
    ? []
    : [...sources].flatMap(([id, { rowLayout }]) => (rowLayout ? [[id, rowLayout] as const] : []));
  const tools: Tools = {
    normalise: normaliser(sources),
    rawRows: new RawRows(new Map(rowLayouts), DEFAULT_ZONE),
    isSole: soleSource(sources),
    matcherWithout,
  };
  return { tools, catalogue };
}

/** Answers the questions of the main thread one after the other, and says on the way where it is. */
export class DetectionThread {
  private readonly tools: Tools;
  private readonly keepMessage: boolean;
  private readonly progress: Progress;
  private matcher: Matcher;
  /** Absent until the ledger was given. */
  private enricher: Enricher | undefined;

  constructor(tools: Tools, { keepMessage, progress }: WorkerStart) {
    this.tools = tools;
    this.keepMessage = keepMessage;
    this.progress = new Progress(progress);
    this.matcher = tools.matcherWithout(new Set());
  }

  listen(): void {
    parentPort?.on('message', (question: Question) => this.take(question));
  }

  /** Makes ready what the first batch would wait for, between questions: whoever asks waits for one step at most. */
  async prepare(): Promise<void> {
    const { matcher } = this;
    for (const _step of matcher.prepare()) {
      await setImmediate();
      // Rules were switched meanwhile: the new ones are made ready by themselves.
      if (matcher !== this.matcher) return;
    }
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
    else {
      this.matcher = this.tools.matcherWithout(new Set(question.ruleIds));
      void this.prepare();
    }
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
    const { tools, matcher, enricher, progress } = this;
    const reader = new BatchReader({ tools, matcher, enricher, progress, stuck, rows, finding });
    for (const { id, from, to } of records) {
      eachPlace(id, all.subarray(from, to), (place, record) => reader.take(place, record));
    }
    const {
      rows: { bytes: written },
      sums,
    } = rows.finish();
    return {
      kind: 'worked',
      number,
      // Memory that comes in a message is counted by the garbage collector as if it were new.
      rows: written.buffer === room ? written.length : written,
      sums,
      found: finding.finish(this.matcher.takeCandidates()),
    };
  }

  private match(events: readonly SecurityEvent[]): Matched {
    return matchAll(this.matcher, events, (index) => this.progress.set('matching', index));
  }
}

/** Sends an answer to the main thread. */
export function tell(message: Answer): void {
  const own = message.kind === 'worked' && typeof message.rows !== 'number' ? message.rows.buffer : undefined;
  parentPort?.postMessage(message, own instanceof ArrayBuffer ? [own] : []);
}
