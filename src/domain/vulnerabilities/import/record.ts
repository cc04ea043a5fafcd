import type { Tx } from '#platform/context.ts';
import type { ImportRow } from './store.ts';

/** Writes what became of an import into the journal, and tells who looks at it. */
export function recordImport(
  tx: Tx,
  { id, unit_path }: Pick<ImportRow, 'id' | 'unit_path'>,
  data: Readonly<Record<string, unknown>>,
  issues: readonly string[] = [],
): void {
  tx.record({
    object: { type: 'vulnerability_import', id },
    unitPath: unit_path,
    data,
    related: issues.map((issue) => ({ type: 'vulnerability', id: issue })),
  });
  tx.publish({ topic: 'vulnerability_import', id, action: 'vulnerability.import', unitPath: unit_path, side: 'both' });
}
