import { foldCase } from '#engine/condition/fold.ts';
import type { RuleView } from '#engine/condition/view.ts';
import { type Origin, type RawKind, UNSURE } from '#engine/fields/raw-layout.ts';
import type { TokenReader } from './reader.ts';

/**
 * A line that was not parsed, as rules look at it. A value that cannot be told makes the whole answer unsure: `unsure` is
 * then true and what a condition gave means nothing.
 */
export class RawView implements RuleView {
  unsure = false;
  private readonly reader: TokenReader;
  private origins: readonly (readonly Origin[])[] = [];
  private round = 0;
  private valueRound: number[] = [];
  private foldRound: number[] = [];
  private values: (string | undefined)[] = [];
  private foldedValues: (string | undefined)[] = [];

  constructor(reader: TokenReader) {
    this.reader = reader;
  }

  /** @param origins where each field of a plan is found, by field number */
  show(origins: readonly (readonly Origin[])[]): void {
    this.origins = origins;
    this.round += 1;
    this.unsure = false;
  }

  value(field: number): string | undefined {
    if (this.valueRound[field] === this.round) return this.values[field];
    this.valueRound[field] = this.round;
    const value = this.find(this.origins[field] ?? []);
    this.values[field] = value;
    return value;
  }

  private find(origins: readonly Origin[]): string | undefined {
    for (const origin of origins) {
      const value = origin.from === 'member' ? this.reader.text(origin.place) : origin.value(this.reader);
      if (value === UNSURE) {
        this.unsure = true;
        return undefined;
      }
      if (value !== undefined && !(origin.from === 'member' && origin.filled && value === '')) return value;
    }
    return undefined;
  }

  folded(field: number): string | undefined {
    if (this.foldRound[field] === this.round) return this.foldedValues[field];
    this.foldRound[field] = this.round;
    const value = this.value(field);
    const folded = value === undefined ? undefined : foldCase(value);
    this.foldedValues[field] = folded;
    return folded;
  }

  /** Keywords ask for every value there is, also those nobody asked for by name. */
  keywordTexts(): readonly string[] {
    this.unsure = true;
    return [];
  }

  foldedKeywordTexts(): readonly string[] {
    return this.keywordTexts();
  }
}

/** Origins of a field: those of its own name, then those of the names that mean the same. */
export const originsOf = (kind: RawKind, names: readonly string[]): readonly Origin[] =>
  names.flatMap((name) => kind.origins(name));
