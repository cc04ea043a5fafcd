import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { sql } from 'kysely';
import { freshDatabase } from '../../../test/support/database.ts';
import type { Scope } from '../context.ts';
import { migratePostgres } from './migrate.ts';
import type { Postgres } from './open.ts';

let postgres: Postgres;
const NANNING: Scope = { path: '/450000/450100/', side: 'centre' };
const LIUZHOU: Scope = { path: '/450000/450200/', side: 'unit' };

const namesSeen = (scope: Scope): Promise<string[]> =>
  postgres.transaction(scope, 'read only', async (db) => {
    const { rows } = await sql<{ name: string }>`SELECT name FROM thing ORDER BY name`.execute(db);
    return rows.map((row) => row.name);
  });

before(async () => {
  postgres = await freshDatabase();
  await postgres.ownerScript(`
    CREATE TABLE thing (name text, unit_path text COLLATE "C" NOT NULL);
    ALTER TABLE thing ENABLE ROW LEVEL SECURITY;
    ALTER TABLE thing FORCE ROW LEVEL SECURITY;
    CREATE POLICY thing_scope ON thing USING (tongan_sees(unit_path)) WITH CHECK (tongan_sees(unit_path));
    GRANT SELECT, INSERT ON thing TO tongan_app;
    INSERT INTO thing VALUES ('nanning', '/450000/450100/a/'), ('liuzhou', '/450000/450200/b/');`);
});
after(() => postgres.close());

test('a scope shows its own subtree only, the root shows all, and no scope shows nothing', async () => {
  assert.deepEqual(await namesSeen(NANNING), ['nanning']);
  assert.deepEqual(await namesSeen(LIUZHOU), ['liuzhou']);
  assert.deepEqual(await namesSeen({ path: '/', side: 'centre' }), ['liuzhou', 'nanning']);
  assert.deepEqual(await namesSeen({ path: '', side: 'centre' }), []);
});

test('a row outside the scope cannot be written', async () => {
  const write = postgres.transaction(NANNING, 'read write', (db) =>
    sql`INSERT INTO thing VALUES ('smuggled', '/450000/450200/b/')`.execute(db),
  );
  await assert.rejects(write, /row-level security/);
});

test('a reading transaction cannot write', async () => {
  const write = postgres.transaction(NANNING, 'read only', (db) =>
    sql`INSERT INTO thing VALUES ('x', '/450000/450100/a/')`.execute(db),
  );
  await assert.rejects(write, /read-only/);
});

test('the application role can neither delete where that was not granted nor switch security off', async () => {
  for (const statement of ['DELETE FROM thing', 'ALTER TABLE thing DISABLE ROW LEVEL SECURITY', 'DROP TABLE thing']) {
    const run = postgres.transaction(NANNING, 'read write', (db) => sql.raw(statement).execute(db));
    await assert.rejects(run, /permission denied|must be owner/, statement);
  }
});

test('a day stays the day it is, and a count is a number', async () => {
  const { rows } = await postgres.transaction(NANNING, 'read only', (db) =>
    sql`SELECT date '2021-12-10' AS day, count(*) AS things FROM thing`.execute(db),
  );
  assert.deepEqual(rows, [{ day: '2021-12-10', things: 1 }]);
});

test('a failed transaction leaves nothing behind and the next one works', async () => {
  const failing = postgres.transaction(NANNING, 'read write', async (db) => {
    await sql`INSERT INTO thing VALUES ('half', '/450000/450100/a/')`.execute(db);
    throw new Error('half-way');
  });
  await assert.rejects(failing, /half-way/);
  assert.deepEqual(await namesSeen(NANNING), ['nanning']);
});

test('many transactions at once do not mix their scopes', async () => {
  const scopes = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? NANNING : LIUZHOU));
  const seen = await Promise.all(scopes.map(namesSeen));
  assert.deepEqual(
    seen,
    scopes.map((scope) => [scope === NANNING ? 'nanning' : 'liuzhou']),
  );
});

test('migrations run once and are not run again', async () => {
  assert.deepEqual(await migratePostgres(postgres), []);
});

test('of statements that are sent together one fault undoes all', async () => {
  const counted = async () => {
    const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM thing`.execute(postgres.owner);
    return rows[0]?.n ?? 0;
  };
  const before = await counted();
  const together = (...names: string[]) =>
    postgres.transaction(NANNING, 'read write', (db) =>
      Promise.all(names.map((name) => sql.raw(`INSERT INTO thing VALUES (${name}, '/450000/450100/a/')`).execute(db))),
    );
  await assert.rejects(together(`'first'`, '1/0', `'third'`), /division by zero/);
  assert.equal(await counted(), before);
  await together(`'first'`, `'second'`);
  assert.equal(await counted(), before + 2);
});

test('a transaction that has ended takes no more statements', async () => {
  const ended = await postgres.transaction(NANNING, 'read only', async (db) => ({ db }));
  await assert.rejects(sql`SELECT 1`.execute(ended.db));
});
