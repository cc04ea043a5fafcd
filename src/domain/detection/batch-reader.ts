import {
  type BatchRows,
  isPlausible,
  type LinePlace,
  lineAt,
  type Normalise,
  setAside,
  type TakenLine,
  withPlausibleTime,
} from '#domain/telemetry/reading.ts';
import type { RawEvent, RawRows } from '#engine/fields/raw-row/raw-rows.ts';
import type { Enricher } from '#engine/identity/enrich.ts';
import type { Matcher } from '#engine/sigma/matcher.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import type { Finding } from './found.ts';
import { askRules, notAsked } from './match.ts';
import type { Stuck } from './messages.ts';
import type { Progress } from './progress.ts';

/** What a thread reads lines with. */
export interface ReadingTools {
  readonly normalise: Normalise;
  /** Writes rows from the bytes of lines. */
  readonly rawRows: RawRows;
  /** Whether all lines with the members of this text are of one source. */
  readonly isSole: (text: string, source: string) => boolean;
}

/** What reads one batch. */
interface Reading {
  readonly tools: ReadingTools;
  readonly matcher: Matcher;
  /** Absent until the ledger was given. */
  readonly enricher: Enricher | undefined;
  readonly progress: Progress;
  /** Events at which a thread got stuck before. */
  readonly stuck: readonly Stuck[];
  readonly rows: BatchRows;
  readonly finding: Finding;
}

/**
 * Reads the lines of a batch, asks the rules about them and lays them out as rows, one by one. A line of a known kind that no
 * rule is true of is never made into an event: its row is written from its bytes.
 */
export class BatchReader {
  private readonly reading: Reading;
  private position = 0;

  constructor(reading: Reading) {
    this.reading = reading;
  }

  /** @param record of the queue in which the line stands */
  take(place: LinePlace, record: Buffer): void {
    const { tools, progress, stuck } = this.reading;
    const { from, to } = place;
    progress.set('reading', this.position);
    if (stuck.some(({ position }) => position === this.position)) this.takeStuck(lineAt(place, record));
    else {
      const raw = tools.rawRows.read(record, from, to);
      const rules = raw && this.rulesOf(raw, place, record);
      if (raw !== undefined && rules?.length === 0) this.takeRaw(raw, place);
      else this.takeLine(place, record, rules);
    }
    this.position += 1;
  }

  /** The rules that are true of the line; undefined when its event must be asked about. */
  private rulesOf(raw: RawEvent, place: LinePlace, record: Buffer): readonly SigmaRule[] | undefined {
    const { receivedAtMs, sourceHint, from, to } = place;
    if ((sourceHint !== '' && sourceHint !== raw.source) || !isPlausible(raw.timeMs, receivedAtMs)) return undefined;
    this.reading.progress.set('matching', this.position);
    return this.reading.matcher.matchLine(raw.source, record, from, to);
  }

  private takeRaw(raw: RawEvent, place: LinePlace): void {
    const { rows, finding, enricher } = this.reading;
    const { timeMs, kind, names } = raw;
    const { unitPath, receivedAtMs } = place;
    const about = { fields: enricher === undefined ? {} : raw.about(), logsource: kind.logsource, unitPath, timeMs };
    rows.addRaw(raw, place, enricher?.tell(about, place.sender) ?? {});
    finding.addPlain(kind.logsource, names, Math.min(timeMs, receivedAtMs));
  }

  /** @param rules that its bytes were asked for already */
  private takeLine(place: LinePlace, record: Buffer, rules: readonly SigmaRule[] | undefined): void {
    const { tools, enricher, matcher, progress } = this.reading;
    const line = lineAt(place, record);
    progress.set('reading', this.position);
    const event = tools.normalise(line);
    const isSole = (): boolean => tools.isSole(line.text, event.source);
    let known = rules;
    if (tools.rawRows.learn(record, place.from, place.to, event, isSole)) {
      // Now that its kind is known it is read as all others of it will be.
      const raw = tools.rawRows.read(record, place.from, place.to);
      known = raw && this.rulesOf(raw, place, record);
      if (raw !== undefined && known?.length === 0) {
        this.takeRaw(raw, place);
        return;
      }
    }
    const plausible = withPlausibleTime(event);
    const whole = enricher?.enrich(plausible, line.sender) ?? plausible;
    progress.set('matching', this.position);
    this.reading.finding.add(whole, askRules(matcher, whole, known));
    this.reading.rows.add(whole, line);
  }

  private takeStuck(line: TakenLine): void {
    const { tools, enricher, stuck, rows, finding } = this.reading;
    const known = stuck.filter(({ position }) => position === this.position);
    const unread = known.find(({ stage }) => stage === 'reading');
    const event = withPlausibleTime(unread === undefined ? tools.normalise(line) : setAside(line, unread.error));
    const whole = enricher?.enrich(event, line.sender) ?? event;
    finding.add(whole, notAsked(known[0]?.error ?? ''));
    rows.add(whole, line);
  }
}
