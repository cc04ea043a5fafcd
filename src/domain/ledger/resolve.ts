import { sql } from 'kysely';
import { chunks } from '#platform/chunks.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { DataGrade, Importance } from './asset.ts';
import { holdersOfAddresses } from './holders/store.ts';
import { hostNames, normaliseAddress, normaliseDomain } from './keys.ts';
import { type AssetClass, MACHINE_CLASSES } from './model/classes.ts';
import { responsibilityOf } from './responsibility/inherit.ts';
import { giversOf, systemsAmong } from './responsibility/lineage.ts';
import { dayOfMoment } from './responsibility/store.ts';

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

/** A question in the forms in which the ledger keeps keys. */
interface Asked {
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  readonly domains: readonly string[];
  readonly unitPath: string;
  readonly at: Date | undefined;
}

/** Questions that are looked up at once. */
const QUESTIONS_MAX = 500;

/**
 * The asset an event is about: the one with the strongest keys below `unitPath`, of equals the one that somebody entered,
 * of those the machine.
 * Two assets of equal strength are no answer, because a guess would send an order to the wrong unit.
 */
export const resolveAsset = async (db: Db, question: AssetQuestion): Promise<ResolvedAsset | undefined> =>
  (await resolveAssets(db, [question]))[0];

/** The answers to many questions, in their order, each as `resolveAsset` gives it. */
export async function resolveAssets(
  db: Db,
  questions: readonly AssetQuestion[],
): Promise<(ResolvedAsset | undefined)[]> {
  const answers: (ResolvedAsset | undefined)[] = [];
  for (const part of chunks(questions, QUESTIONS_MAX)) answers.push(...(await answersTo(db, part.map(askedOf))));
  return answers;
}

const askedOf = ({ host, addresses, domains = [], unitPath, at }: AssetQuestion): Asked => {
  const hosts = host === undefined ? [] : hostNames(host);
  return {
    hosts,
    addresses: addresses.flatMap((address) => normaliseAddress(address) ?? []),
    domains: [...domains.flatMap((domain) => normaliseDomain(domain) ?? []), ...hosts],
    unitPath,
    at,
  };
};

async function answersTo(db: Db, questions: readonly Asked[]): Promise<(ResolvedAsset | undefined)[]> {
  const candidates = await candidatesFor(db, questions);
  const best = candidates.map(strongest);
  const ids = [...new Set(best.flatMap((id) => id ?? []))];
  if (ids.length === 0) return best.map(() => undefined);
  const rows = await db
    .selectFrom('asset')
    .select(['id', 'name', 'kind', 'unit_path', 'importance', 'protection_level', 'critical_infrastructure'])
    .select(['supervised_by', 'operated_by', 'used_by'])
    .where(sql<boolean>`id = ANY(${ids}::uuid[])`)
    .where('state', '<>', 'written_off')
    .where('merged_into', 'is', null)
    .execute();
  const assets = new Map(rows.map((row) => [row.id, row]));
  return best.map((id, no) => {
    const asset = assets.get(id ?? '');
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
      foundBy: (candidates[no] ?? [])
        .filter((key) => key.asset_id === asset.id)
        .map(({ kind, value }) => `${kind} ${value}`),
    };
  });
}

/** The one asset that more speaks for than for any other. */
function strongest(candidates: readonly Candidate[]): string | undefined {
  const strength = new Map<string, number>();
  for (const { asset_id, kind, entered, machine } of candidates) {
    const rank = (entered ? RANK.entered : 0) + (machine ? RANK.machine : 0);
    strength.set(asset_id, (strength.get(asset_id) ?? rank) + STRENGTH[kind]);
  }
  const [best, second] = [...strength].sort((left, right) => right[1] - left[1]);
  return best === undefined || best[1] === second?.[1] ? undefined : best[0];
}

/** Assets that are looked at for one key. */
const PER_KEY_MAX = 200;

/** Keys that fit each question; of the ranges only the narrowest ones that hold an address. */
async function candidatesFor(db: Db, questions: readonly Asked[]): Promise<(readonly Candidate[])[]> {
  const keys = questions.flatMap(({ unitPath, hosts, addresses, domains }, no) => [
    ...hosts.map((value) => ({ no, unitPath, kind: 'host', value })),
    ...addresses.map((value) => ({ no, unitPath, kind: 'address', value })),
    ...domains.map((value) => ({ no, unitPath, kind: 'domain', value })),
  ]);
  if (keys.length === 0) return questions.map(() => []);
  const { rows } = await sql<Candidate & { no: number }>`
    SELECT q.no, found.* FROM unnest(${keys.map(({ no }) => no)}::int[], ${keys.map(({ unitPath }) => unitPath)}::text[],
      ${keys.map(({ kind }) => kind)}::text[], ${keys.map(({ value }) => value)}::text[]) AS q (no, unit_path, kind, value)
    CROSS JOIN LATERAL (
      SELECT k.asset_id, k.kind, k.value, k.unit_path,
        a.source <> 'discovered' AS entered, a.class = ANY(${[...MACHINE_CLASSES]}::text[]) AS machine
      FROM asset_key k JOIN asset a ON a.id = k.asset_id
      WHERE k.kind = q.kind AND k.value = q.value AND starts_with(k.unit_path, q.unit_path)
      LIMIT ${PER_KEY_MAX}
    ) AS found`.execute(db);
  const declared = perQuestion(questions, rows).map(oncePerKind);
  const found = await atTheirTimes(db, questions, declared);
  const open = questions.flatMap(({ addresses }, no) => (found[no]?.length === 0 && addresses.length > 0 ? no : []));
  const ranges = await rangesOf(db, questions, open);
  return found.map((all, no) => (all.length > 0 ? all : (ranges[no] ?? [])));
}

function perQuestion<Row extends { readonly no: number }>(questions: readonly Asked[], rows: readonly Row[]): Row[][] {
  const byNumber = Map.groupBy(rows, ({ no }) => no);
  return questions.map((_, no) => byNumber.get(no) ?? []);
}

/** An asset with several keys of a kind that fit is not more likely for it. */
const oncePerKind = (rows: readonly Candidate[]): Candidate[] => [
  ...new Map(rows.map((row) => [`${row.asset_id} ${row.kind}`, row])).values(),
];

/**
 * What was seen at the time goes before what the ledger says of an address today; but what was only observed does not go
 * before what a unit declared. Questions without a time keep what they have.
 */
async function atTheirTimes(
  db: Db,
  questions: readonly Asked[],
  declared: readonly (readonly Candidate[])[],
): Promise<(readonly Candidate[])[]> {
  const asked = questions.map(({ at, addresses, unitPath }) => ({
    addresses: at === undefined ? [] : addresses,
    unitPath,
    at: at ?? new Date(0),
  }));
  const holders = await holdersOfAddresses(db, asked);
  return declared.map((rows, no) => {
    const entered = new Set(rows.flatMap((row) => (row.kind === 'address' && row.entered ? row.value : [])));
    const then = [...(holders[no] ?? [])].filter(([address, holder]) => holder.entered || !entered.has(address));
    const held = new Set(then.map(([address]) => address));
    return [
      ...rows.filter(({ kind, value }) => kind !== 'address' || !held.has(value)),
      ...then.map(([value, { assetId, entered: byHand }]): Candidate => {
        const unit_path = questions[no]?.unitPath ?? '';
        return { asset_id: assetId, kind: 'address', value, unit_path, entered: byHand, machine: true };
      }),
    ];
  });
}

/** The narrowest ranges that hold an address, for the questions of these numbers. Only what is a range can be cast to one. */
async function rangesOf(db: Db, questions: readonly Asked[], numbers: readonly number[]): Promise<Candidate[][]> {
  const asked = numbers.flatMap((no) => {
    const { addresses = [], unitPath = '' } = questions[no] ?? {};
    return addresses.map((address) => ({ no, unitPath, address }));
  });
  if (asked.length === 0) return [];
  const { rows } = await sql<Candidate & { no: number; width: number }>`
    SELECT q.no, found.* FROM unnest(${asked.map(({ no }) => no)}::int[], ${asked.map(({ unitPath }) => unitPath)}::text[],
      ${asked.map(({ address }) => address)}::inet[]) AS q (no, unit_path, address)
    CROSS JOIN LATERAL (
      SELECT k.asset_id, k.kind, k.value, k.unit_path, true AS entered, false AS machine, masklen(k.value::cidr) AS width
      FROM asset_key k
      WHERE k.kind = 'segment' AND starts_with(k.unit_path, q.unit_path)
        AND CASE WHEN k.kind = 'segment' THEN k.value::cidr >>= q.address ELSE false END
      ORDER BY width DESC LIMIT 50
    ) AS found`.execute(db);
  return perQuestion(questions, rows).map((all) => {
    const widest = all.reduce((most, { width }) => Math.max(most, width), 0);
    return all.filter(({ width }) => width === widest);
  });
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

/** Assets in use of an area that may run software, for comparing them with an advisory: those behind `after`, up to `max`. */
export async function productsBelow(
  db: Db,
  unitPath: string,
  { after, max }: { readonly after: string | undefined; readonly max: number },
): Promise<AssetProduct[]> {
  const rows = await db
    .selectFrom('asset')
    .select(['id', 'name', 'unit_path', 'product'])
    .where(sql<boolean>`starts_with(unit_path, ${unitPath})`)
    .where('state', '<>', 'written_off')
    .where('class', 'not in', [...WITHOUT_SOFTWARE])
    .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
    .orderBy('id')
    .limit(max)
    .execute();
  return rows.map((row) => ({ id: row.id, name: row.name, unitPath: row.unit_path, product: row.product }));
}

/**
 * The unit that supervises an asset (主管), itself or by inheritance, by its id; null when the ledger names none that the
 * platform knows. It is in doubt when somebody disputes it, or its time is over or has not begun.
 */
export async function supervisorOf(
  db: Db,
  assetId: string,
  now: Date,
): Promise<{ readonly id: string; readonly inDoubt: boolean } | null> {
  const { duties } = await responsibilityOf(db, assetId);
  const duty = duties.find(({ role, main }) => role === 'supervised' && main);
  if (duty === undefined || duty.holderId === null) return null;
  const today = dayOfMoment(now);
  const over = duty.untilOn !== null && duty.untilOn < today;
  const inDoubt = over || duty.fromOn > today || duty.state === 'disputed' || duty.state === 'expired';
  return { id: duty.holderId, inDoubt };
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
