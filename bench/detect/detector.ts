import { type Normalise, normaliser } from '#domain/telemetry/normalise.ts';
import { loadSources } from '#domain/telemetry/sources.ts';
import type { RawLayout } from '#engine/fields/raw-layout.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import { compileRawMatcher } from '#engine/sigma/raw/matcher.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';

/** From the bytes of one event to the ids of the rules that are true of it. */
export interface Detect {
  (bytes: Buffer): readonly string[];
  /** Forgets what it remembers of values seen before. */
  readonly forget?: () => void;
}

/** What lines are read with: the normaliser of the platform, and how Windows events lie in their lines. */
export interface Readers {
  readonly normalise: Normalise;
  readonly layout: RawLayout;
}

export async function openReaders(): Promise<Readers> {
  const sources = await loadSources();
  const layout = sources.get('microsoft-windows')?.rawLayout;
  if (layout === undefined) throw new Error('the source microsoft-windows has no layout of its lines');
  return { normalise: normaliser(sources), layout };
}

/** Every line parsed and normalised, then matched. */
export function normalisedDetector(rules: readonly SigmaRule[], { normalise }: Readers): Detect {
  const matcher = compileRules(rules);
  return (bytes) => {
    const text = bytes.toString('utf8');
    const event = normalise({ id: '', text, receivedAtMs: 0, unitPath: '/', sourceHint: '', sender: '' });
    return matcher.match(event).map(({ ruleId }) => ruleId);
  };
}

/** Hits of the line in these bytes. */
export interface Count {
  (source: Buffer, from: number, to: number): number;
  /** Forgets what it remembers of values seen before. */
  readonly forget: () => void;
}

/** Decided on the bytes of the line; lines of which that cannot be said go the usual way. The same hits. */
export function rawDetector(rules: readonly SigmaRule[], readers: Readers): Detect {
  const matcher = compileRawMatcher(rules, readers.layout);
  const usual = normalisedDetector(rules, readers);
  const detect = (bytes: Buffer) => matcher.match(bytes, 0, bytes.length)?.map(({ id }) => id) ?? usual(bytes);
  return Object.assign(detect, { forget: () => matcher.forget() });
}

/** The same for lines that lie behind each other, as a thread gets them. */
export function rawCounter(rules: readonly SigmaRule[], readers: Readers): Count {
  const matcher = compileRawMatcher(rules, readers.layout);
  const usual = normalisedDetector(rules, readers);
  const count = (source: Buffer, from: number, to: number) =>
    matcher.match(source, from, to)?.length ?? usual(source.subarray(from, to)).length;
  return Object.assign(count, { forget: () => matcher.forget() });
}
