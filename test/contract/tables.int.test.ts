import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { Scope } from '#platform/context.ts';
import { inspectSecurity } from '#platform/postgres/inspect.ts';
import type { Postgres } from '#platform/postgres/open.ts';
import { freshDatabase } from '../support/database.ts';

const NANNING = '/450000/450100/nn-unit/';
const EVERYTHING: Scope = { path: '/', side: 'centre' };
const OTHERS: readonly Scope[] = [
  { path: '/450000/450200/lz-unit/', side: 'unit' },
  { path: '/450000/450200/', side: 'centre' },
  { path: '', side: 'unit' },
];

/** Who may see rows that belong to no unit, and why nobody learns of a unit's business by them. */
const WITHOUT_UNIT: Readonly<Record<string, readonly ['everybody' | 'centres' | 'platform', string]>> = {
  account_password_history: ['platform', 'hashes of former passwords'],
  account_recovery_code: ['platform', 'hashes of recovery codes'],
  account_secret: ['platform', 'password hashes and sealed one-time secrets'],
  alert_setting: ['everybody', 'how detections are grouped: the same numbers for all'],
  api_token_secret: ['platform', 'hashes of access tokens'],
  asset_key_quarantine: ['centres', 'keys that many machines have; it says nothing of whose they are'],
  asset_observation_key: ['platform', 'hashes of keys, by which resolution finds observations'],
  asset_reading: ['platform', 'how far sources of observations were read'],
  asset_resolution: ['platform', 'how often observations were taken in'],
  detection_batch: ['platform', 'which batches were evaluated'],
  detection_correlation_batch: ['platform', 'what correlations remember, of all units together'],
  detection_correlation_load: ['platform', 'how full the memory of correlations is, of all units together'],
  detection_correlation_snapshot: ['platform', 'what correlations remember, of all units together'],
  detection_field: ['centres', 'which fields the events of a log source have'],
  detection_limit_hour: ['centres', 'counts over the whole platform'],
  detection_rule: ['centres', 'which rules are off, and why'],
  detection_rule_hour: ['centres', 'counts over the whole platform'],
  detection_rule_version: ['centres', 'since when each rule has been loaded'],
  detection_run_state: ['platform', 'what the correlations of a run over history remember'],
  detection_scope_hour: ['centres', 'counts over the whole platform'],
  division: ['everybody', 'GB/T 2260 codes and names, public facts'],
  journal_checkpoint: ['everybody', 'signed sizes and roots, made to be handed out'],
  journal_head: ['everybody', 'a number and hashes'],
  journal_node: ['everybody', 'hashes'],
  journal_object: ['everybody', 'identifiers and counts, read by no endpoint'],
  journal_related: ['everybody', 'identifiers and numbers of entries, whose own scope says who reads them'],
  platform_migration: ['platform', 'which schema files ran'],
  session: ['platform', 'hashes of session tokens'],
  sign_in_guard: ['platform', 'counts of failed attempts under hashed names'],
  telemetry_refusal: ['centres', 'senders that no source knows: nobody can say whose they are'],
  telemetry_retention_clock: ['centres', 'up to which moment events may be deleted: two moments, nothing of any unit'],
  vulnerability_feed: ['everybody', 'which public files of exploitation were brought in'],
  vulnerability_intelligence: ['everybody', 'public facts about vulnerabilities'],
  vulnerability_policy: ['everybody', 'by what deadlines all units are measured'],
};

/** Tables with a path that everybody may read, and why. */
const OPEN_TO_ALL: Readonly<Record<string, string>> = {
  installation: 'the name of the platform, which stands on the sign-in page',
};

/** Tables that may take a row of another unit, and why that shows nothing to anybody. */
const WRITABLE_BEYOND: Readonly<Record<string, string>> = {
  journal_entry: 'an entry is added wherever its object lies; reading it back needs the scope',
};

interface Column {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

let postgres: Postgres;
let tables: readonly { readonly name: string; readonly hasUnit: boolean }[] = [];

before(async () => {
  postgres = await freshDatabase();
  tables = await postgres.transaction(EVERYTHING, 'read only', async (db) => {
    const { rows } = await sql<{ name: string; has_unit: boolean }>`SELECT relname AS name, EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'unit_path' AND NOT attisdropped
      ) AS has_unit
      FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname`.execute(db);
    return rows.map((row) => ({ name: row.name, hasUnit: row.has_unit }));
  });
});
after(() => postgres.close());

const withUnit = () => tables.filter(({ hasUnit }) => hasUnit).map(({ name }) => name);

/** How many rows of a table a scope shows. */
const countIn = (scope: Scope, table: string): Promise<number> =>
  postgres.transaction(scope, 'read only', async (db) => {
    const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM ${sql.table(table)}`.execute(db);
    return rows[0]?.n ?? Number.NaN;
  });

const columnsOf = (table: string): Promise<readonly Column[]> =>
  postgres.transaction(EVERYTHING, 'read only', async (db) => {
    const { rows } = await sql<Column>`SELECT attname AS name, format_type(atttypid, atttypmod) AS type,
        attnotnull AND NOT atthasdef AND attidentity = '' AND attgenerated = '' AS required
      FROM pg_attribute WHERE attrelid = ${table}::regclass AND attnum > 0 AND NOT attisdropped`.execute(db);
    return rows;
  });

const VALUES: readonly (readonly [RegExp, string])[] = [
  [/\[\]$/, `'{}'`],
  [/^uuid/, `'00000000-0000-7000-8000-000000000001'`],
  [/^(text|character)/, `'x'`],
  [/^(smallint|integer|bigint|numeric|real|double)/, '1'],
  [/^timestamp/, `'2026-03-02T02:00:00Z'`],
  [/^date/, `'2026-03-02'`],
  [/^boolean/, 'false'],
  [/^json/, `'{}'`],
  [/^bytea/, `decode(repeat('00', 32), 'hex')`],
  [/^inet/, `'192.0.2.1'`],
];

/** SQL that adds one row of Nanning, with any value in the other columns. */
async function insertion(table: string): Promise<string> {
  const columns = (await columnsOf(table)).filter(({ name, required }) => required || name === 'unit_path');
  const values = columns.map(({ name, type }) => {
    if (name === 'unit_path') return `'${NANNING}'`;
    return VALUES.find(([pattern]) => pattern.test(type))?.[1] ?? assert.fail(`no value for ${table}.${name}: ${type}`);
  });
  return `INSERT INTO "${table}" (${columns.map(({ name }) => `"${name}"`).join(', ')}) VALUES (${values.join(', ')})`;
}

/** Here only row-level security is looked at: checks and references of the tables would refuse made-up rows. */
async function dropOtherRules(): Promise<void> {
  await postgres.ownerScript(`DO $$ DECLARE rule record; BEGIN
    FOR rule IN SELECT conrelid::regclass AS relation, conname FROM pg_constraint
      WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace AND conparentid = 0
      ORDER BY contype DESC
    LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', rule.relation, rule.conname); END LOOP;
  END $$`);
}

test('every table has row-level security enabled and forced, and the application owns none', async () => {
  assert.deepEqual(await postgres.transaction(EVERYTHING, 'read only', inspectSecurity), []);
});

test('every table carries the path of its unit, or is one of those that belong to no unit', () => {
  const without = tables.filter(({ hasUnit }) => !hasUnit).map(({ name }) => name);
  assert.deepEqual(without, Object.keys(WITHOUT_UNIT).sort());
  assert.ok(withUnit().length > 20);
});

test('no row of Nanning is shown to Liuzhou in any table, to a unit, to a centre, or with nothing set', async () => {
  await dropOtherRules();
  for (const table of withUnit().filter((name) => !(name in OPEN_TO_ALL))) {
    // Prepared rows (an installation's only setting) would hide whether the new one shows.
    await postgres.ownerScript(`TRUNCATE "${table}" CASCADE; ${await insertion(table)}`);
    assert.equal(await countIn(EVERYTHING, table), 1, `${table}: the row is there`);
    for (const scope of OTHERS) {
      assert.equal(await countIn(scope, table), 0, `${table}: shown to ${scope.path || 'nobody'} (${scope.side})`);
    }
  }
});

test('what belongs to no unit is shown to those named above only', async () => {
  for (const [table, [who]] of Object.entries(WITHOUT_UNIT)) {
    if (who === 'everybody') continue;
    await postgres.ownerScript(`DELETE FROM "${table}"; ${await insertion(table)}`);
    const seen = (scope: Scope) => countIn(scope, table).catch(() => 0);
    const [unit, centre, nobody] = await Promise.all(OTHERS.map(seen));
    assert.deepEqual([unit, nobody], [0, 0], table);
    assert.equal(centre, who === 'centres' ? 1 : 0, table);
  }
});

test('Liuzhou can neither add, change nor remove a row of Nanning in any table', async () => {
  for (const table of withUnit()) {
    const insert = await insertion(table);
    for (const scope of OTHERS) {
      const run = (text: string) =>
        postgres.transaction(scope, 'read write', async (db) => {
          const { rows } = await sql
            .raw<{ n: number }>(`WITH done AS (${text}) SELECT count(*)::int AS n FROM done`)
            .execute(db);
          return rows[0]?.n ?? Number.NaN;
        });
      // Refused by the policy or by the missing right, or no row is in sight to be touched.
      const touched = async (text: string) => run(text).catch(() => 0);
      const where = `${table} by ${scope.path || 'nobody'} (${scope.side})`;
      assert.equal(await touched(`UPDATE "${table}" SET unit_path = unit_path RETURNING 1`), 0, `changed: ${where}`);
      assert.equal(await touched(`DELETE FROM "${table}" RETURNING 1`), 0, `removed: ${where}`);
      if (table in WRITABLE_BEYOND) continue;
      await assert.rejects(
        postgres.transaction(scope, 'read write', (db) => sql.raw(insert).execute(db)),
        /row-level security|permission denied/,
        `added: ${where}`,
      );
    }
  }
});
