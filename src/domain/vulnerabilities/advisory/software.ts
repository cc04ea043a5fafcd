import type { ScanReport } from '#engine/vulnerability/report.ts';
import type { Tx } from '#platform/context.ts';
import type { JudgedTarget } from '../import/judge.ts';
import { type ImportRow, inPieces } from '../import/store.ts';
import { nameKeys } from './aliases.ts';

/** Keeps what a report saw installed, in place of what the same tool saw on the same targets before. */
export async function keepSoftware(
  tx: Tx,
  found: ImportRow,
  report: ScanReport,
  judged: readonly JudgedTarget[],
): Promise<void> {
  const byTarget = Map.groupBy(report.software, ({ target }) => target);
  for (const { names, resolved } of judged) {
    const software = names.flatMap((name) => byTarget.get(name) ?? []);
    if (software.length === 0) continue;
    const replaced = await tx.db
      .deleteFrom('vulnerability_software')
      .where('target_key', '=', resolved.key)
      .where('tool', '=', found.tool)
      .returningAll()
      .execute();
    await tx.db
      .insertInto('vulnerability_import_before')
      .values({
        import_id: found.id,
        kind: 'software',
        object_id: tx.ids.next(),
        unit_path: resolved.unitPath,
        was: JSON.stringify({ target_key: resolved.key, rows: replaced }),
      })
      .execute();
    const rows = software.map((one) => ({
      target_key: resolved.key,
      tool: found.tool,
      unit_path: resolved.unitPath,
      asset_id: resolved.assetId,
      target: resolved.target.name,
      name: one.name,
      version: one.version,
      ecosystem: one.ecosystem,
      purl: one.purl,
      cpe: one.cpe,
      seen_by: one.seenBy,
      name_keys: nameKeys(one),
      seen_at: found.scanned_at,
    }));
    await inPieces(rows, (piece) =>
      tx.db
        .insertInto('vulnerability_software')
        .values(piece)
        .onConflict((clash) => clash.doNothing())
        .execute(),
    );
  }
}
