import type { Tx } from '#platform/context.ts';
import type { FieldChange } from '../asset.ts';
import { recordAssetsByUnit } from '../record-by-unit.ts';
import type { AssetImport } from './store.ts';

export function recordImport(
  tx: Tx,
  { id, unitPath }: { readonly id: string; readonly unitPath: string },
  data: Record<string, unknown>,
): void {
  tx.record({ object: { type: 'asset_import', id }, unitPath, data });
  tellImport(tx, { id, unitPath });
}

const tellImport = (tx: Tx, { id, unitPath }: Pick<AssetImport, 'id' | 'unitPath'>): void =>
  tx.publish({ topic: 'asset_import', id, action: 'asset.import', unitPath, side: 'both' });

interface Written {
  readonly created: readonly string[];
  readonly updated: readonly { readonly id: string; readonly changes: readonly FieldChange[] }[];
}

/** Tells each unit what a chunk of an import made of its assets, and who brought the sheet. */
export async function recordChunk(tx: Tx, found: AssetImport, { created, updated }: Written): Promise<void> {
  const { id, unitPath, fileName, createdById, createdBy } = found;
  await recordAssetsByUnit(tx, 'asset.import', {
    object: { type: 'asset_import', id },
    unitPath,
    assetIds: [...created, ...updated.map((one) => one.id)],
    dataOf: (own) => {
      const among = new Set(own);
      return {
        change: 'apply',
        fileName,
        by: { id: createdById, name: createdBy },
        created: created.filter((one) => among.has(one)),
        updated: updated.filter((one) => among.has(one.id)),
      };
    },
  });
  tellImport(tx, found);
}
