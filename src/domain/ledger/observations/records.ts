import { sql } from 'kysely';
import { IDENTITY_CLASSES, type IdentityClass } from '#engine/identity/keys.ts';
import type { Ctx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { isMachine } from '../model/classes.ts';
import { type StoredAsset, withKeys } from '../store.ts';
import { type ObservationInput, serviceDesignation } from './observation.ts';
import { observe } from './observe.ts';
import { LEDGER_SOURCE } from './prepare.ts';

/** What has a network card is told apart in one way, whatever the ledger calls it. */
function classOf(name: string): IdentityClass {
  if (isMachine(name)) return 'host';
  if (name === 'line') return 'segment';
  return IDENTITY_CLASSES.find((one) => one === name) ?? 'host';
}

/** As sources designate a service; undefined where it names no single address and port. */
function serviceAt({ addresses, attributes: { port, transport } }: StoredAsset['facts']): string | undefined {
  const [address, another] = addresses;
  if (address === undefined || another !== undefined || typeof port !== 'number') return undefined;
  return serviceDesignation(transport === 'udp' ? 'udp' : 'tcp', address, port);
}

/** By what an asset without a network card is known to everybody. */
function designationOf(name: IdentityClass, { facts }: StoredAsset): string | undefined {
  switch (name) {
    case 'site':
      return facts.domains[0];
    case 'system':
      return facts.filingNumber || undefined;
    case 'segment':
      return facts.segments[0];
    case 'service':
      return serviceAt(facts);
    case 'certificate':
      return textOf(facts.attributes.fingerprint)
        ?.toLowerCase()
        .replace(/[^0-9a-f]/g, '');
    case 'account':
      return textOf(facts.attributes.accountName);
    default:
      return undefined;
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** An entered asset as an observation of the ledger itself: what people declared takes part in telling things apart. */
function observationOf(asset: StoredAsset): ObservationInput {
  const { facts, id, unitPath, createdAt, changedAt } = asset;
  const identityClass = classOf(facts.class);
  const { attributes } = facts;
  return {
    source: LEDGER_SOURCE,
    nativeKey: id,
    class: identityClass,
    unitPath,
    firstSeenAt: createdAt,
    seenAt: changedAt,
    facts: {
      name: facts.name,
      hostNames: facts.hosts,
      addresses: facts.addresses,
      macs: listOf(attributes.macs),
      serial: textOf(attributes.serialNumber),
      uuid: textOf(attributes.machineId),
      operatingSystem: textOf(attributes.os),
      designation: designationOf(identityClass, asset),
      product: textOf(facts.product),
      location: textOf(facts.location),
    },
  };
}

const BATCH = 2000;
/** Transactions are committed in another order than they began: those of the last minutes are looked at again. */
const OVERLAP_MS = 5 * 60_000;
const READING = 'ledger';

async function entered(db: Db, since: Date, after: string): Promise<StoredAsset[]> {
  const rows = await db
    .selectFrom('asset')
    .selectAll()
    .where('source', '<>', 'discovered')
    .where('merged_into', 'is', null)
    .where(sql<boolean>`(changed_at, id) > (${since}, ${after}::uuid)`)
    .orderBy('changed_at')
    .orderBy('id')
    .limit(BATCH)
    .execute();
  return withKeys(db, rows);
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Observes the ledger's own records that were entered or changed since the last time. @param system the platform's */
export async function observeChangedRecords(system: Ctx): Promise<void> {
  const reading = await system.read((db) =>
    db.selectFrom('asset_reading').select('until_at').where('name', '=', READING).executeTakeFirst(),
  );
  let since = new Date((reading?.until_at.getTime() ?? OVERLAP_MS) - OVERLAP_MS);
  let after = FIRST_ID;
  for (;;) {
    const assets = await system.read((db) => entered(db, since, after));
    const last = assets.at(-1);
    if (last === undefined) return;
    await observe(system, assets.map(observationOf));
    since = last.changedAt;
    after = last.id;
    await keepReading(system, READING, since);
    if (assets.length < BATCH) return;
  }
}

/** Remembers how far a reading has come. */
export async function keepReading(system: Ctx, name: string, until: Date): Promise<void> {
  await system.transaction(async ({ db }) => {
    await db
      .insertInto('asset_reading')
      .values({ name, until_at: until })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ until_at: until }))
      .execute();
  });
}

/** Observes some of the ledger's own records now. @param system the platform's */
export async function observeRecords(system: Ctx, ids: readonly string[]): Promise<void> {
  const assets = await system.read(async (db) => {
    const rows = await db
      .selectFrom('asset')
      .selectAll()
      .where('id', 'in', [...ids])
      .where('source', '<>', 'discovered')
      .where('merged_into', 'is', null)
      .execute();
    return withKeys(db, rows);
  });
  await observe(system, assets.map(observationOf));
}
