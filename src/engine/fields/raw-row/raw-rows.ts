import type { SecurityEvent } from '../event.ts';
import { type RowValues, storeTime } from '../row.ts';
import type { EventKind, LineShape, RowLayout } from '../row-layout.ts';
import { CONTROL } from '../template-signs.ts';
import { AnyOrder } from './any-order.ts';
import { type Memory, memoryOf } from './bytes.ts';
import { leavesOf } from './leaves.ts';
import { LineReader } from './line-reader.ts';
import type { Out } from './out.ts';
import { RowPlan } from './plan.ts';
import { Shapes } from './shapes.ts';
import { Values } from './values.ts';

/** A line with a longer value would be cut by the readers of formats. */
const LINE_MAX = 65_536;
/** While shapes are refused one after the other, only one in so many lines of unknown shape is looked at. */
const PAUSE_MAX = 64;

/** Orders of the same members that are kept as shapes; who writes them in more ways than these writes them in any. */
const ORDERS_MAX = 8;

/** What is known of lines with the same members. */
interface Known {
  /** Orders that were kept. */
  orders: number;
  readonly source: string;
  /** Undefined: these go the usual way. */
  readonly shape: LineShape | undefined;
  /** null: the plan was not what `parse` gives, such events go the usual way. */
  readonly plans: WeakMap<EventKind, RowPlan | null>;
}

/** A line whose row can be written from its bytes, until the next line is read. */
export interface RawEvent {
  readonly source: string;
  readonly kind: EventKind;
  /** Names of its fields, the same object for the same kind. */
  readonly names: ReadonlySet<string>;
  readonly timeMs: number;
  /** Bytes that its row takes at most, besides texts that are given. */
  readonly bytesMax: number;
  /** The fields by which the ledger finds out whom the event is about. */
  about(): Record<string, string>;
  /** Writes the row. @param given values of the columns that do not come from the line; '' for others */
  write(out: Out, given: Readonly<RowValues>): void;
}

/**
 * Writes rows from the bytes of lines, without an event between: what a line of some shape and kind becomes is learnt from
 * the first one that went the usual way, compared with what that gave, and only copied from then on. The row says the same
 * as the usual one does; only its template may put other names in the place of equal values.
 */
export class RawRows {
  readonly #layouts: ReadonlyMap<string, RowLayout>;
  readonly #zone: string;
  readonly #values = new Values();
  readonly #shapes = new Shapes<Known>(this.#values);
  readonly #anyOrder = new AnyOrder<Known>(this.#values);
  readonly #reader = new LineReader(this.#values);
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  /** Where the last line stands: those of one batch stand in one piece. */
  #memory: Memory = memoryOf(new Uint8Array(0));
  /** True when the last line might be read after `learn`. */
  #learnable = false;
  /** True when it is the members of the last line that are not known. */
  #unknown = false;
  /**
   * Lines of unknown shape that are let pass before one is looked at again. Some senders write other members each time: to keep the
   * shape of each such line would cost more than reading it, and drive out the shapes that are of use.
   */
  #pause = 0;
  #passed = 0;

  /** @param layouts by source @param zone IANA zone of times that name none */
  constructor(layouts: ReadonlyMap<string, RowLayout>, zone: string) {
    this.#layouts = layouts;
    this.#zone = zone;
  }

  /** Reads a line; undefined: it goes the usual way, and `learn` may be told what came out. */
  read(bytes: Uint8Array, from: number, to: number): RawEvent | undefined {
    this.#learnable = false;
    if (to - from > LINE_MAX || bytes[from] !== 0x7b) return undefined;
    const known = this.#known(bytes, from, to);
    if (known === undefined) this.#learnable = this.#unknown && this.#looksAgain();
    if (known?.shape === undefined || !this.#isPlain(from, to)) return undefined;
    const kind = known.shape.kindOf(this.#reader);
    const plan = kind && known.plans.get(kind);
    if (kind !== undefined && plan === undefined) this.#learnable = true;
    if (kind === undefined || !plan?.takes(this.#reader)) return undefined;
    const timeMs = known.shape.timeOf(this.#reader, this.#zone);
    if (timeMs === undefined) return undefined;
    return this.#event(known.source, plan, timeMs);
  }

  /** Finds out what is known of lines with the members of this one, and where these stand in it. */
  #known(bytes: Uint8Array, from: number, to: number): Known | undefined {
    if (this.#memory.bytes !== bytes) this.#memory = memoryOf(bytes);
    const line = this.#memory;
    this.#reader.bytes = bytes;
    let known = this.#shapes.read(line, from, to);
    this.#unknown = this.#shapes.unknown;
    if (this.#unknown) {
      known = this.#anyOrder.read(line, from, to);
      this.#unknown = this.#anyOrder.unknown;
      if (known !== undefined && known.orders < ORDERS_MAX) this.#keepOrder(known, bytes, from, to);
    }
    this.#values.start = from;
    this.#values.end = to;
    return known;
  }

  /** A line whose members are known came in an order of its own: the next one in this order is read by comparing. */
  #keepOrder(known: Known, bytes: Uint8Array, from: number, to: number): void {
    known.orders += 1;
    const { order, count } = this.#values;
    const leaves = leavesOf(bytes, from, to);
    if (leaves?.length === count) this.#shapes.learn(bytes, from, to, leaves, known, order.slice(0, count));
  }

  #looksAgain(): boolean {
    this.#passed += 1;
    if (this.#passed <= this.#pause) return false;
    this.#passed = 0;
    return true;
  }

  #event(source: string, plan: RowPlan, timeMs: number): RawEvent {
    const values = this.#values;
    const line = this.#memory;
    const { message } = plan.kind;
    const [from, to] = [values.from[message] ?? 0, values.to[message] ?? 0];
    const template =
      plan.composed && values.odd[message] !== 1
        ? (plan.messages.find(line, from, to, values) ?? plan.messages.compose(this.#reader, message))
        : undefined;
    const lineBytes = values.end - values.start;
    return {
      source,
      kind: plan.kind,
      names: plan.names,
      timeMs,
      bytesMax: plan.bytesMax + 3 * lineBytes + (template?.bytes.length ?? 0),
      about: () => plan.about(this.#reader),
      write: (out, given) => plan.write(out, line, values, given, storeTime(timeMs), template),
    };
  }

  /** Bytes that a template cannot hold a value with, or that are no UTF-8, are for the usual way. */
  #isPlain(from: number, to: number): boolean {
    if (this.#values.high < 0x80) return true;
    try {
      return !CONTROL.test(this.#decoder.decode(this.#reader.bytes.slice(from, to)));
    } catch {
      return false;
    }
  }

  /**
   * Takes up what the usual way made of the line that was just not read.
   *
   * @param event as its source gave it, nothing added
   * @param isSole tells whether all lines with these members are of the event's source, whatever they say
   * @returns true when the line can be read now
   */
  learn(bytes: Uint8Array, from: number, to: number, event: SecurityEvent, isSole: () => boolean): boolean {
    if (!this.#learnable) return false;
    this.#learnable = false;
    const layout = this.#layouts.get(event.source);
    if (layout === undefined || event.problem !== '') return false;
    if (this.#unknown) {
      const leaves = leavesOf(bytes, from, to);
      const shape = leaves !== undefined && isSole() ? layout.shapeOf(leaves) : undefined;
      this.#pause = shape === undefined ? Math.min(2 * this.#pause + 1, PAUSE_MAX) : 0;
      if (leaves === undefined) return false;
      const known: Known = { orders: 1, source: event.source, shape, plans: new WeakMap() };
      this.#shapes.learn(bytes, from, to, leaves, known, undefined);
      this.#anyOrder.learn(leaves, known);
    }
    const known = this.#known(bytes, from, to);
    const kind = known?.shape?.kindOf(this.#reader);
    if (known === undefined || kind === undefined) return false;
    if (known.plans.get(kind) === undefined) known.plans.set(kind, this.#planFor(known, kind, event));
    return known.plans.get(kind) !== null;
  }

  #planFor(known: Known, kind: EventKind, event: SecurityEvent): RowPlan | null {
    const plan = new RowPlan(known.source, kind, this.#values.count);
    const timeMs = known.shape?.timeOf(this.#reader, this.#zone);
    return timeMs === event.timeMs && plan.agrees(event, this.#reader, known.source) ? plan : null;
  }
}
