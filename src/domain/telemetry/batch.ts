import { columnOf } from '#engine/fields/aliases.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { Out } from '#engine/fields/raw-row/out.ts';
import type { RawEvent } from '#engine/fields/raw-row/raw-rows.ts';
import { layOut, type RowOptions, type RowValues } from '#engine/fields/row.ts';
import { placeOf, STORED_COLUMNS } from '#engine/fields/stored.ts';
import { type BinaryRows, RowBinaryWriter } from '#platform/eventstore/row-binary.ts';
import type { QueueRecord } from '#platform/queue/queue.ts';
import { type Normalise, UNPARSED } from './normalise.ts';
import { eachPlace, type LinePlace, lineAt, type TakenLine } from './parcel.ts';
import { NO_SUMS, type WrittenSums } from './sums.ts';

/** Sums over the events of one source in one batch. */
export interface SourceSums extends WrittenSums {
  readonly sourceId: string;
  readonly unitPath: string;
}

/**
 * Reads the records of a batch event by event. Pure: the same records give the same events, in whatever thread or process.
 */
export function readBatch(
  records: readonly QueueRecord[],
  normalise: Normalise,
  take: (event: SecurityEvent, line: TakenLine) => void,
): void {
  for (const { id, payload } of records) {
    eachPlace(id, payload, (place, record) => {
      const line = lineAt(place, record);
      take(withPlausibleTime(normalise(line)), line);
    });
  }
}

const DAY_MS = 86_400_000;

/** True when an event may have this time: its own clock is taken at its word. */
export const isPlausible = (timeMs: number, receivedAtMs: number): boolean =>
  timeMs >= OLDEST_MS && timeMs <= receivedAtMs + 2 * DAY_MS;

const OLDEST_MS = Date.UTC(1990, 0, 1);

/**
 * A clock that is wrong by years would put events where nobody looks, and into partitions of their own. Such an event
 * gets the time of its receipt, and says so.
 */
export function withPlausibleTime(event: SecurityEvent): SecurityEvent {
  const { timeMs, receivedAtMs } = event;
  if (isPlausible(timeMs, receivedAtMs)) return event;
  const problem = 'the time of the event is not plausible, the time of receipt stands for it';
  return { ...event, timeMs: receivedAtMs, problem: event.problem === '' ? problem : `${event.problem}; ${problem}` };
}

const PLACE = {
  time: placeOf('time'),
  receivedAt: placeOf('received_at'),
  sourceId: placeOf('source_id'),
  sender: placeOf('sender'),
  encoding: placeOf('encoding'),
  eventId: placeOf('event_id'),
  unitPath: placeOf('unit_path'),
} as const;

/** Rows are a little larger than what was read, since identifiers come with them. */
const ROWS_PER_READ = 1.25;
const ROWS_BYTES_MIN = 65_536;
/** UTF-8 needs no more for one unit of UTF-16. */
const UNIT_BYTES_MAX = 3;

/** Room that the rows of a batch will mostly find enough. @param bytesRead bytes of the batch */
export const rowsRoom = (bytesRead: number): number => ROWS_BYTES_MIN + Math.ceil(bytesRead * ROWS_PER_READ);

/** What is kept of a batch while it is read piece by piece: its rows, and what happened to each source's lines. */
export class BatchRows {
  readonly #writer: RowBinaryWriter;
  readonly #sums = new Map<string, SourceSums>();
  readonly #options: RowOptions;
  readonly #out = new Out();
  /** One row, filled again for each event. */
  readonly #row: RowValues = STORED_COLUMNS.map(() => '');

  /** @param memory for the rows, as far as it suffices */
  constructor(options: RowOptions = {}, memory?: Buffer) {
    this.#options = options;
    this.#writer = new RowBinaryWriter(STORED_COLUMNS, memory);
  }

  add(event: SecurityEvent, line: TakenLine): void {
    const { sourceId, sender, encoding } = line;
    const row = this.#row;
    layOut(event, this.#options, row);
    row[PLACE.sourceId] = sourceId;
    row[PLACE.sender] = sender;
    row[PLACE.encoding] = encoding;
    this.#writer.add(row);
    this.#count(event, line);
  }

  /**
   * Adds an event of which there is only its line.
   *
   * @param told what the ledger knows of it, by field
   */
  addRaw(raw: RawEvent, place: LinePlace, told: Readonly<Record<string, string>>): void {
    const row = this.#row;
    row.fill('');
    row[PLACE.time] = raw.timeMs;
    row[PLACE.receivedAt] = place.receivedAtMs;
    row[PLACE.eventId] = place.id;
    row[PLACE.unitPath] = place.unitPath;
    row[PLACE.sourceId] = place.sourceId;
    row[PLACE.sender] = place.sender;
    let units = place.id.length + place.unitPath.length + place.sourceId.length + place.sender.length;
    for (const [field, value] of Object.entries(told)) {
      row[placeOf(columnOf(field))] = value;
      units += value.length;
    }
    const { bytes, at } = this.#writer.room(raw.bytesMax + units * UNIT_BYTES_MAX);
    this.#out.bytes = bytes;
    this.#out.at = at;
    raw.write(this.#out, row);
    this.#writer.written(this.#out.at);
    const { timeMs, source } = raw;
    this.#count({ timeMs, source, receivedAtMs: place.receivedAtMs, unitPath: place.unitPath }, place);
  }

  /** Ends the batch. */
  finish(): { rows: BinaryRows; sums: SourceSums[] } {
    return { rows: this.#writer.finish(), sums: [...this.#sums.values()] };
  }

  #count(
    event: Pick<SecurityEvent, 'source' | 'timeMs' | 'receivedAtMs' | 'unitPath'>,
    { sourceId, sourceHint }: Pick<TakenLine, 'sourceId' | 'sourceHint'>,
  ): void {
    const known = this.#sums.get(sourceId);
    const sum = known ?? { sourceId, unitPath: event.unitPath, ...NO_SUMS };
    sum.events += 1;
    if (event.source === UNPARSED) sum.unparsed += 1;
    else if (sourceHint !== '' && event.source !== sourceHint) sum.mistaken += 1;
    const delayMs = event.receivedAtMs - event.timeMs;
    sum.delayMs += Math.max(0, delayMs);
    sum.delayMsMin = Math.min(sum.delayMsMin, delayMs);
    sum.delayMsMax = Math.max(sum.delayMsMax, delayMs);
    sum.lastEventAtMs = Math.max(sum.lastEventAtMs, event.timeMs);
    if (known === undefined) this.#sums.set(sourceId, sum);
  }
}
