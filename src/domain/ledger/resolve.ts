import { sql } from 'kysely';
import type { Db } from '#platform/postgres/database.ts';
import type { DataGrade, Importance } from './asset.ts';
import { holdersOfAddresses } from './holders/store.ts';
import { hostNames, normaliseAddress, normaliseDomain } from './keys.ts';
import { type AssetClass, MACHINE_CLASSES } from './model/classes.ts';
import { responsibilityOf } from './responsibility/inherit.ts';
import { giversOf, systemsAmong } from './responsibility/lineage.ts';

/** What an event says about the thing it happened on. `unitPath` is whose event it is: only assets below it count. */
export interface AssetQuestion {
  readonly host?: string;
  readonly addresses: readonly string[];
  readonly domains?: readonly string[];
  readonly unitPath: string;
  /** When it happened: addresses are those of whoever had them then. Default: as the ledger says today. */
  readonly at?: Date;
}

/** The asset that was found, and by which keys. */
export interface ResolvedAsset {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly unitPath: string;
  readonly importance: Importance;
  readonly protectionLevel: number | null;
  readonly criticalInfrastructure: boolean;
  readonly supervisedBy: string | null;
  readonly operatedBy: string | null;
  readonly usedBy: string | null;
  /** `host web01`, `address 10.1.2.3`: shown as the reason. */
  readonly foundBy: readonly string[];
}

/**
 * Of two that are equal otherwise, what somebody entered goes before what was only observed, and then the machine before
 * what stands on it: a system and a service are entered with the addresses of their machines.
 */
const RANK = { entered: 0.5, machine: 0.25 } as const;

/** How much a key says. An address is shared by proxies and reused, a range says only whose network it is. */
const STRENGTH = { host: 8, domain: 4, address: 4, segment: 1 } as const;

interface Candidate {
  asset_id: string;
  kind: keyof typeof STRENGTH;
  value: string;
  unit_path: string;
  /** Somebody entered the asset: it does not come from observations alone. */
  entered: boolean;
  machine: boolean;
}

/**
 * The asset an event is about: the one with the strongest keys below `unitPath`, of equals the one that somebody entered,
 * of those the machine.
 * Two assets of equal strength are no answer, because a guess would send an order to the wrong unit.
 */
export async function resolveAsset(db: Db, question: AssetQuestion): Promise<ResolvedAsset | undefined> {
  const candidates = await candidatesFor(db, question);
  const strength = new Map<string, number>();
  for (const { asset_id, kind, entered, machine } of candidates) {
    const rank = (entered ? RANK.entered : 0) + (machine ? RANK.machine : 0);
    strength.set(asset_id, (strength.get(asset_id) ?? rank) + STRENGTH[kind]);
  }
  const [best, second] = [...strength].sort((left, right) => right[1] - left[1]);
  if (best === undefined || best[1] === second?.[1]) return undefined;
  const asset = await db
    .selectFrom('asset')
    .selectAll()
    .where('id', '=', best[0])
    .where('state', '<>', 'written_off')
    .where('merged_into', 'is', null)
    .executeTakeFirst();
  if (asset === undefined) return undefined;
  return {
    id: asset.id,
    name: asset.name,
    kind: asset.kind,
    unitPath: asset.unit_path,
    importance: asset.importance,
    protectionLevel: asset.protection_level,
    criticalInfrastructure: asset.critical_infrastructure,
    supervisedBy: asset.supervised_by,
    operatedBy: asset.operated_by,
    usedBy: asset.used_by,
    foundBy: candidates.filter((key) => key.asset_id === asset.id).map(({ kind, value }) => `${kind} ${value}`),
  };
}

/** Keys that fit the question; of the ranges only the narrowest ones that hold an address. */
async function candidatesFor(db: Db, question: AssetQuestion): Promise<Candidate[]> {
  const hosts = question.host === undefined ? [] : hostNames(question.host);
  const addresses = question.addresses.flatMap((address) => normaliseAddress(address) ?? []);
  const domains = (question.domains ?? []).flatMap((domain) => normaliseDomain(domain) ?? []);
  if (hosts.length + addresses.length + domains.length === 0) return [];
  const { rows } = await sql<Candidate>`
    SELECT DISTINCT ON (k.asset_id, k.kind) k.asset_id, k.kind, k.value, k.unit_path,
      a.source <> 'discovered' AS entered, a.class = ANY(${[...MACHINE_CLASSES]}::text[]) AS machine
    FROM asset_key k JOIN asset a ON a.id = k.asset_id
    WHERE starts_with(k.unit_path, ${question.unitPath})
      AND ((k.kind = 'host' AND k.value = ANY(${hosts}::text[]))
        OR (k.kind = 'address' AND k.value = ANY(${addresses}::text[]))
        OR (k.kind = 'domain' AND k.value = ANY(${[...domains, ...hosts]}::text[])))
    LIMIT 200`.execute(db);
  if (question.at !== undefined) return atTheTime(db, { ...question, addresses, at: question.at }, rows);
  return rows.length > 0 || addresses.length === 0 ? rows : rangesOf(db, addresses, question.unitPath);
}

/**
 * What was seen at the time goes before what the ledger says of an address today; but what was only observed does not go
 * before what a unit declared.
 */
async function atTheTime(
  db: Db,
  { addresses, unitPath, at }: { readonly addresses: readonly string[]; readonly unitPath: string; readonly at: Date },
  rows: readonly Candidate[],
): Promise<Candidate[]> {
  const declared = new Set(rows.flatMap(({ kind, value, entered }) => (kind === 'address' && entered ? value : [])));
  const all = await holdersOfAddresses(db, { addresses, unitPath, at });
  const holders = new Map([...all].filter(([address, { entered }]) => entered || !declared.has(address)));
  const found = [
    ...rows.filter(({ kind, value }) => kind !== 'address' || !holders.has(value)),
    ...[...holders].map(([value, { assetId, entered }]): Candidate => {
      return { asset_id: assetId, kind: 'address', value, unit_path: unitPath, entered, machine: true };
    }),
  ];
  return found.length > 0 || addresses.length === 0 ? found : rangesOf(db, addresses, unitPath);
}

/** The narrowest ranges that hold an address. */
async function rangesOf(db: Db, addresses: readonly string[], unitPath: string): Promise<Candidate[]> {
  const ranges = await sql<Candidate & { width: number }>`
    SELECT k.asset_id, k.kind, k.value, k.unit_path, true AS entered, false AS machine, masklen(k.value::cidr) AS width
    FROM asset_key k, unnest(${addresses}::inet[]) AS address
    WHERE starts_with(k.unit_path, ${unitPath})
      AND CASE WHEN k.kind = 'segment' THEN k.value::cidr >>= address ELSE false END
    ORDER BY width DESC LIMIT 50`.execute(db);
  const [narrowest] = ranges.rows;
  return ranges.rows.filter((row) => row.width === narrowest?.width);
}

/** An asset with what the ledger says it runs, as free text. */
export interface AssetProduct {
  readonly id: string;
  readonly name: string;
  readonly unitPath: string;
  readonly product: string;
}

/** Classes that run no software, so that no advisory about a product can concern them. */
const WITHOUT_SOFTWARE: readonly AssetClass[] = ['certificate', 'segment', 'line', 'account'];

/** Assets in use of an area that may run software, up to `max`, for comparing them with an advisory. */
export async function productsBelow(db: Db, unitPath: string, max: number): Promise<AssetProduct[]> {
  const rows = await db
    .selectFrom('asset')
    .select(['id', 'name', 'unit_path', 'product'])
    .where(sql<boolean>`starts_with(unit_path, ${unitPath})`)
    .where('state', '<>', 'written_off')
    .where('class', 'not in', [...WITHOUT_SOFTWARE])
    .orderBy('unit_path')
    .orderBy('name')
    .limit(max)
    .execute();
  return rows.map((row) => ({ id: row.id, name: row.name, unitPath: row.unit_path, product: row.product }));
}

/** The unit that supervises an asset (主管), itself or by inheritance, by its id; null when the ledger names none that the platform knows. */
export async function supervisorOf(db: Db, assetId: string): Promise<string | null> {
  const { duties } = await responsibilityOf(db, assetId);
  return duties.find(({ role, main }) => role === 'supervised' && main)?.holderId ?? null;
}

/**
 * An asset in short: what alerts and incidents show and grade by. What it does not say itself of its importance, level and
 * holders is that of its main system, as it is for whoever attacks it.
 */
export interface AssetSummary {
  readonly id: string;
  readonly name: string;
  readonly unitPath: string;
  readonly importance: Importance;
  readonly protectionLevel: number | null;
  readonly criticalInfrastructure: boolean;
  readonly dataGrade: DataGrade;
  readonly supervisedBy: string;
  readonly operatedBy: string;
  readonly usedBy: string;
}

/** Assets by id; those outside the caller's scope are left out. The triple as the names that were declared. */
export async function assetsById(db: Db, ids: readonly string[]): Promise<Map<string, AssetSummary>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('asset')
    .selectAll()
    .where('id', 'in', [...new Set(ids)])
    .execute();
  const above = await giversOf(
    db,
    rows.map(({ id }) => id),
  );
  const facts = rows.map((row) => {
    const givers = above.get(row.id) ?? [];
    const [system] = systemsAmong(givers);
    const holder = (own: string, field: 'supervisedBy' | 'operatedBy' | 'usedBy'): string =>
      own || (givers.find((giver) => giver[field] !== '')?.[field] ?? '');
    return {
      id: row.id,
      name: row.name,
      unitPath: row.unit_path,
      importance: row.importance || (system?.importance ?? ''),
      protectionLevel: row.protection_level ?? system?.protectionLevel ?? null,
      criticalInfrastructure: row.critical_infrastructure || system?.criticalInfrastructure === true,
      dataGrade: row.data_grade,
      supervisedBy: holder(row.supervised_by_name, 'supervisedBy'),
      operatedBy: holder(row.operated_by_name, 'operatedBy'),
      usedBy: holder(row.used_by_name, 'usedBy'),
    };
  });
  return new Map(facts.map((asset) => [asset.id, asset]));
}
