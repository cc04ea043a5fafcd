import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openPostgres, type Postgres } from './open.ts';

/** What an error of the database says of itself. */
const facts = (error: unknown): unknown => {
  assert(error instanceof Error);
  return { message: error.message, code: Reflect.get(error, 'code'), constraint: Reflect.get(error, 'constraint') };
};

describe('the embedded database in a thread of its own', () => {
  let folder: string;
  let both: readonly Postgres[];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-threaded-'));
    both = [
      await openPostgres({ kind: 'embedded', path: 'memory' }),
      await openPostgres({ kind: 'embedded', path: join(folder, 'postgres') }),
    ];
    for (const { ownerScript } of both) {
      await ownerScript(
        'CREATE TABLE thing (id int PRIMARY KEY, day date, many bigint, raw bytea, said jsonb, at timestamptz)',
      );
    }
  });
  after(async () => {
    await Promise.all(both.map((postgres) => postgres.close()));
    await rm(folder, { recursive: true, force: true });
  });

  /** The same of both. */
  async function same(ask: (postgres: Postgres) => Promise<unknown>): Promise<unknown> {
    const [here, there] = await Promise.all(both.map(ask));
    assert.deepEqual(there, here);
    return there;
  }

  it('takes and gives values of all kinds as it does in this one', async () => {
    const at = new Date('2026-05-01T08:30:00.123Z');
    const rows = await same(({ asOwner }) =>
      asOwner(async (db) => {
        const raw = Buffer.from([0, 1, 255]);
        const said = JSON.stringify({ words: ['中文', null, 1.5] });
        await sql`INSERT INTO thing VALUES (1, '2026-05-01', ${5_000_000_000}, ${raw}, ${said}, ${at})`.execute(db);
        const read = await sql<{ raw: Uint8Array }>`SELECT * FROM thing`.execute(db);
        return read.rows.map((row) => ({ ...row, raw: [...row.raw] }));
      }),
    );
    const said = { words: ['中文', null, 1.5] };
    assert.deepEqual(rows, [{ id: 1, day: '2026-05-01', many: 5_000_000_000, raw: [0, 1, 255], said, at }]);
  });

  it('gives errors with their code and constraint, and undoes their transaction', async () => {
    await same(({ asOwner }) =>
      asOwner(async (db) => {
        await sql`INSERT INTO thing (id) VALUES (7)`.execute(db);
        await sql`INSERT INTO thing (id) VALUES (7)`.execute(db);
      }).then(() => assert.fail('it was taken twice'), facts),
    );
    const left = await same(({ asOwner }) =>
      asOwner(async (db) => (await sql`SELECT count(*)::int AS n FROM thing WHERE id = 7`.execute(db)).rows),
    );
    assert.deepEqual(left, [{ n: 0 }]);
  });

  it('undoes what threw, and keeps what others do meanwhile apart', async () => {
    const counted = await same(async ({ asOwner, runner }) => {
      const failing = asOwner(async (db) => {
        await sql`INSERT INTO thing (id) VALUES (8)`.execute(db);
        throw new Error('given up');
      }).catch((error: unknown) => facts(error));
      assert('executeSql' in runner);
      await Promise.all([failing, runner.executeSql('INSERT INTO thing (id) VALUES ($1)', [9])]);
      return (await runner.executeSql('SELECT id FROM thing WHERE id > 7 ORDER BY id')).rows;
    });
    assert.deepEqual(counted, [{ id: 9 }]);
  });
});
