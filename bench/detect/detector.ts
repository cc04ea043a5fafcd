import { type Normalise, normaliser } from '#domain/telemetry/normalise.ts';
import { loadSources } from '#domain/telemetry/sources.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';

/** From the bytes of one event to the ids of the rules that are true of it. */
export type Detect = (bytes: Buffer) => readonly string[];

/** Normalising as the platform does it. */
export async function openNormaliser(): Promise<Normalise> {
  return normaliser(await loadSources());
}

/** The way every line goes in the platform: parsed, normalised, matched. */
export function normalisedDetector(rules: readonly SigmaRule[], normalise: Normalise): Detect {
  const matcher = compileRules(rules);
  return (bytes) => {
    const text = bytes.toString('utf8');
    const event = normalise({ id: '', text, receivedAtMs: 0, unitPath: '/', sourceHint: '', sender: '' });
    return matcher.match(event).map(({ ruleId }) => ruleId);
  };
}
