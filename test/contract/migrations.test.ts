import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const MIGRATIONS = join(import.meta.dirname, '../../migrations');
/** Given twice before this test was there. They stay: an installation remembers its migrations by name. */
const KNOWN_TWICE: Readonly<Record<string, readonly string[]>> = {
  postgres: ['0079', '0130', '0131', '0152'],
  eventstore: ['0003', '0004', '0006'],
};

/** Migrations run in order of their names: of two with one number, made side by side, nobody chose which comes first. */
for (const [store, known] of Object.entries(KNOWN_TWICE)) {
  test(`no two migrations of ${store} have the same number`, () => {
    const numbers = readdirSync(join(MIGRATIONS, store))
      .map((name) => /^(\d{4})_/.exec(name)?.[1])
      .filter((number) => number !== undefined && !known.includes(number));
    assert.deepEqual(
      numbers.filter((number, index) => numbers.indexOf(number) !== index),
      [],
    );
    assert.ok(numbers.length > 0);
  });
}
