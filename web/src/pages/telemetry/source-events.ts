import { clause } from './query/clause.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * The address of a search for the events of a source: of the last day, and where the newest one lies outside of it (the clock of
 * the sender is ahead or behind, or nothing came for long) of the day before the newest one.
 */
export function eventsOfSource(id: string, lastEventAt: string | null, nowMs: number): string {
  const address = `/events?with=${encodeURIComponent(clause('source_id', id))}`;
  const lastMs = lastEventAt === null ? nowMs : Date.parse(lastEventAt);
  if (lastMs <= nowMs && lastMs > nowMs - DAY_MS) return address;
  const from = new Date(Math.min(nowMs, lastMs) - DAY_MS);
  const to = new Date(Math.ceil((lastMs + 1) / MINUTE_MS) * MINUTE_MS);
  return `${address}&from=${from.toISOString()}&to=${to.toISOString()}`;
}
