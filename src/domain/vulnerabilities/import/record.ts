import { sql } from 'kysely';
import type { Tx } from '#platform/context.ts';
import { recordByUnit } from '#platform/record-by-unit.ts';
import type { ImportRow } from './store.ts';

type Imported = Pick<ImportRow, 'id' | 'unit_path'>;
type Told = Readonly<Record<string, unknown>>;

const objectOf = ({ id }: Imported) => ({ type: 'vulnerability_import', id });

const tell = (tx: Tx, { id, unit_path }: Imported): void =>
  tx.publish({ topic: 'vulnerability_import', id, action: 'vulnerability.import', unitPath: unit_path, side: 'both' });

/** Writes what became of an import as a whole into the journal, and tells who looks at it. */
export function recordImport(tx: Tx, found: Imported, data: Told): void {
  tx.record({ object: objectOf(found), unitPath: found.unit_path, data });
  tell(tx, found);
}

/** The same of what it did to issues: each unit is told of its own. */
export async function recordIssues(
  tx: Tx,
  found: Imported,
  issues: readonly string[],
  dataOf: (own: ReadonlySet<string>) => Told,
): Promise<void> {
  const { rows } = await sql<{ id: string; unitPath: string }>`
    SELECT id, unit_path AS "unitPath" FROM vulnerability_issue WHERE id = ANY(${issues}::uuid[])
    ORDER BY unit_path, id`.execute(tx.db);
  await recordByUnit(tx, 'vulnerability.import', {
    object: objectOf(found),
    unitPath: found.unit_path,
    type: 'vulnerability',
    members: rows,
    dataOf: (own) => dataOf(new Set(own)),
  });
  tell(tx, found);
}
