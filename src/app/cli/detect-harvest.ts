import type { RecordedCorrelations } from './detect-correlate.ts';
import type { Finding, Found, Piece } from './detect-messages.ts';

/** Findings kept for output; more are counted and said. */
export const FINDINGS_MAX = 500_000;

/** Everything that was found, and what could not be read. */
export class Harvest {
  readonly findings: Finding[] = [];
  events = 0;
  dropped = 0;
  private readonly unknown = new Map<string, { count: number; of: number; why: string }>();
  private readonly damaged = new Map<string, number>();
  readonly correlations: RecordedCorrelations;

  constructor(correlations: RecordedCorrelations) {
    this.correlations = correlations;
  }

  take({ file }: Piece, found: Found): void {
    this.events += found.events;
    this.addFindings(found.findings);
    this.correlations.add(found.counted);
    const before = this.unknown.get(file) ?? { count: 0, of: 0, why: '' };
    const why = before.why || found.unknownWhy;
    this.unknown.set(file, { count: before.count + found.unknown, of: before.of + found.events, why });
    this.addDamage(file, found.damaged);
  }

  addFindings(findings: readonly Finding[]): void {
    const room = FINDINGS_MAX - this.findings.length;
    this.findings.push(...findings.slice(0, room));
    this.dropped += Math.max(0, findings.length - room);
  }

  addDamage(file: string, records: number): void {
    if (records > 0) this.damaged.set(file, (this.damaged.get(file) ?? 0) + records);
  }

  /** What of the files was not looked at, one text each. */
  faults(): string[] {
    const damaged = [...this.damaged].map(([file, count]) => `${file}: ${count} record(s) could not be read`);
    const alien = [...this.unknown].flatMap(([file, { count, of, why }]) =>
      count > 0 && count === of ? [`${file}: ${why}, in any of ${count} record(s); --source can name their kind`] : [],
    );
    return [...damaged, ...alien];
  }

  /** Records of unknown kind among others: their text is only asked by rules about whole events. */
  notes(): string[] {
    return [...this.unknown].flatMap(([file, { count, of, why }]) =>
      count > 0 && count < of ? [`${file}: ${count} of its ${of} records were not understood (${why})`] : [],
    );
  }
}
