import { fieldNames } from '#engine/fields/aliases.ts';
import type { FieldValue, SecurityEvent } from '#engine/fields/event.ts';
import { keywordTexts } from './evaluate.ts';
import { foldCase } from './fold.ts';

/** Fields get numbers once, so that an event's values are looked up and folded once however many rules ask. */
export class FieldNumbers {
  private readonly numbers = new Map<string, number>();
  readonly names: (readonly string[])[] = [];

  of(field: string): number {
    const known = this.numbers.get(field);
    if (known !== undefined) return known;
    this.numbers.set(field, this.names.length);
    this.names.push(fieldNames(field));
    return this.names.length - 1;
  }
}

const EMPTY: SecurityEvent = {
  id: '',
  timeMs: 0,
  receivedAtMs: 0,
  source: '',
  logsource: { product: '', category: '', service: '' },
  unitPath: '',
  fields: {},
  raw: '',
  problem: '',
};

/** An event as compiled conditions look at it. */
export interface RuleView {
  value(field: number): FieldValue | undefined;
  /** The same with its case folded. */
  folded(field: number): FieldValue | undefined;
  /** All texts in which a keyword is searched. */
  keywordTexts(): readonly string[];
  foldedKeywordTexts(): readonly string[];
}

/** One event while rules look at it. Reused for the next event by `show`. */
export class EventView implements RuleView {
  private readonly fields: FieldNumbers;
  private event: SecurityEvent = EMPTY;
  private round = 0;
  private valueRound: number[] = [];
  private foldRound: number[] = [];
  private cachedValues: (FieldValue | undefined)[] = [];
  private cachedFolded: (FieldValue | undefined)[] = [];
  private texts: readonly string[] | undefined;
  private foldedTexts: readonly string[] | undefined;

  constructor(fields: FieldNumbers) {
    this.fields = fields;
  }

  show(event: SecurityEvent): void {
    this.event = event;
    this.round += 1;
    this.texts = undefined;
    this.foldedTexts = undefined;
  }

  value(field: number): FieldValue | undefined {
    if (this.valueRound[field] === this.round) return this.cachedValues[field];
    this.valueRound[field] = this.round;
    let found: FieldValue | undefined;
    for (const name of this.fields.names[field] ?? []) {
      if (Object.hasOwn(this.event.fields, name)) {
        found = this.event.fields[name];
        break;
      }
    }
    this.cachedValues[field] = found;
    return found;
  }

  folded(field: number): FieldValue | undefined {
    if (this.foldRound[field] === this.round) return this.cachedFolded[field];
    this.foldRound[field] = this.round;
    const value = this.value(field);
    const folded = typeof value === 'string' ? foldCase(value) : value?.map(foldCase);
    this.cachedFolded[field] = folded;
    return folded;
  }

  keywordTexts(): readonly string[] {
    this.texts ??= keywordTexts(this.event);
    return this.texts;
  }

  foldedKeywordTexts(): readonly string[] {
    this.foldedTexts ??= this.keywordTexts().map(foldCase);
    return this.foldedTexts;
  }
}
