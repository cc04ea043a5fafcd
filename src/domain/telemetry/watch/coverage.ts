import { countAssets } from '#domain/ledger/index.ts';
import { listUnits } from '#domain/organizations/index.ts';
import type { Watched } from '#engine/formats/define.ts';
import type { Ctx } from '#platform/context.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { loadSources, type Sources } from '../sources.ts';
import { sourcesByUnit } from './watch-store.ts';

const KINDS: readonly Watched[] = ['cloud', 'network', 'endpoint', 'application', 'data'];
const UNITS_MAX = 2000;
const DAY_MS = 86_400_000;

interface UnitCoverage {
  readonly unit: { readonly id: string; readonly name: string; readonly path: string };
  readonly sources: { readonly active: number; readonly delivering: number };
  readonly events: number;
  readonly kinds: { kind: Watched; assets: number; events: number }[];
  readonly state: 'dark' | 'gaps' | 'covered';
}

interface Sent {
  readonly unit_path: string;
  readonly source: string;
  readonly events: string;
}

const ORDER = { dark: 0, gaps: 1, covered: 2 } as const;

/**
 * Which units of the caller's area sent what in the last day, against the assets the ledger says they have. What a
 * source watches is what its kind of product watches.
 */
export async function coverageOf(ctx: Ctx) {
  const since = new Date(ctx.clock.now().getTime() - DAY_MS);
  const sent = await ctx.events.query<Sent>(
    eventSql`SELECT unit_path, source, toString(count()) AS events FROM event WHERE received_at >= ${since}
      GROUP BY unit_path, source`,
    { tag: 'telemetry.coverage', rowsMax: 10_000, timeoutMs: 10_000 },
  );
  const { items: units, total } = await listUnits(ctx, { state: 'active' }, { offset: 0, limit: UNITS_MAX });
  const { assets, sources } = await ctx.read(async (db) => ({
    assets: await countAssets(db),
    sources: await sourcesByUnit(db, since),
  }));
  const known = await loadSources();
  const items = units.map(({ id, name, path }): UnitCoverage => {
    const own = sent.filter(({ unit_path }) => unit_path === path);
    const kinds = KINDS.map((kind) => ({
      kind,
      assets: assets.find((count) => count.unitPath === path && count.kind === kind)?.assets ?? 0,
      events: eventsOf(own, kind, known),
    }));
    const events = own.reduce((sum, row) => sum + Number(row.events), 0);
    const { active = 0, delivering = 0 } = sources.get(path) ?? {};
    return { unit: { id, name, path }, sources: { active, delivering }, events, kinds, state: stateOf(events, kinds) };
  });
  items.sort((left, right) => ORDER[left.state] - ORDER[right.state] || left.unit.path.localeCompare(right.unit.path));
  const count = (state: UnitCoverage['state']): number => items.filter((item) => item.state === state).length;
  return {
    items,
    totals: { units: items.length, dark: count('dark'), gaps: count('gaps'), covered: count('covered') },
    leftOut: Math.max(0, total - items.length),
  };
}

const eventsOf = (sent: readonly Sent[], kind: Watched, known: Sources): number =>
  sent
    .filter(({ source }) => known.get(source)?.watches.includes(kind) === true)
    .reduce((sum, { events }) => sum + Number(events), 0);

function stateOf(events: number, kinds: UnitCoverage['kinds']): UnitCoverage['state'] {
  if (events === 0) return 'dark';
  return kinds.some((kind) => kind.assets > 0 && kind.events === 0) ? 'gaps' : 'covered';
}
