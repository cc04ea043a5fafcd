import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import { type AssetProduct, productsBelow } from '#domain/ledger/index.ts';
import { type AffectedProduct, type Judgement, judgeSoftware } from '#engine/versions/affected.ts';
import { action } from '#platform/action.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { notFound } from '#platform/errors.ts';
import type { Database, Db } from '#platform/postgres/database.ts';
import { inPieces } from '../import/store.ts';
import { ACTIVE } from '../workflow.ts';
import type { AdvisoryCounts } from './advisory.ts';
import { nameKeys, productAliases, productsIn } from './aliases.ts';
import '../tables.ts';

/** Rows that are read at once; all of them are read in the end. */
const PART_ROWS = 10_000;
const ASSETS_NAMED = 50;

/** Reads a list to its end in parts, each from behind the last row of the one before. */
async function eachPart<Row>(
  read: (last: Row | undefined) => Promise<readonly Row[]>,
  take: (rows: readonly Row[]) => void,
): Promise<void> {
  let last: Row | undefined;
  do {
    const rows = await read(last);
    take(rows);
    last = rows.length < PART_ROWS ? undefined : rows.at(-1);
  } while (last !== undefined);
}

interface Match extends Judgement {
  readonly targetKey: string;
  readonly unitPath: string;
  readonly assetId: string | null;
  readonly target: string;
  readonly software: string;
}

/** Of two judgements on one target the worse one stands; not knowing is worse than being safe. */
const WEIGHT = { affected: 2, unknown: 1, not_affected: 0 } as const;

function keep(matches: Map<string, Match>, match: Match): void {
  const before = matches.get(match.targetKey);
  if (before === undefined || WEIGHT[match.verdict] > WEIGHT[before.verdict]) matches.set(match.targetKey, match);
}

type SoftwareRow = Selectable<Database['vulnerability_software']>;

const behind = (last: SoftwareRow | undefined) =>
  last === undefined
    ? sql<boolean>`true`
    : sql<boolean>`(target_key, tool, ecosystem, name, version) >
        (${last.target_key}, ${last.tool}, ${last.ecosystem}, ${last.name}, ${last.version})`;

/** What scans and bills of materials saw, judged by every product of the advisory. */
async function matchSoftware(db: Db, area: string, products: readonly AffectedProduct[], matches: Map<string, Match>) {
  const keys = [...new Set(products.flatMap(nameKeys))];
  const aliases = productAliases();
  await eachPart<SoftwareRow>(
    (last) =>
      db
        .selectFrom('vulnerability_software')
        .selectAll()
        .where(sql<boolean>`name_keys && ${keys}::text[]`)
        .where(sql<boolean>`starts_with(unit_path, ${area})`)
        .where(behind(last))
        .orderBy('target_key')
        .orderBy('tool')
        .orderBy('ecosystem')
        .orderBy('name')
        .orderBy('version')
        .limit(PART_ROWS)
        .execute(),
    (rows) => {
      for (const row of rows) {
        const software = { ...row, seenBy: row.seen_by };
        for (const product of products) {
          const judgement = judgeSoftware(product, software, aliases);
          if (judgement === undefined) continue;
          keep(matches, {
            ...judgement,
            targetKey: row.target_key,
            unitPath: row.unit_path,
            assetId: row.asset_id,
            target: row.target,
            software: `${row.name} ${row.version}`.trim(),
          });
        }
      }
    },
  );
}

/** Scanners that found the very vulnerability: the surest word there is. */
async function matchIssues(db: Db, area: string, ids: readonly string[], matches: Map<string, Match>) {
  if (ids.length === 0) return;
  const rows = await db
    .selectFrom('vulnerability_issue')
    .select(['target_key', 'unit_path', 'asset_id', 'target', 'title', 'confidence'])
    .where(sql<boolean>`ids && ${[...ids]}::text[]`)
    .where('state', 'in', [...ACTIVE])
    .where(sql<boolean>`starts_with(unit_path, ${area})`)
    .execute();
  for (const row of rows) {
    matches.set(row.target_key, {
      verdict: 'affected',
      confidence: row.confidence,
      reason: 'found_by_scan',
      targetKey: row.target_key,
      unitPath: row.unit_path,
      assetId: row.asset_id,
      target: row.target,
      software: row.title,
    });
  }
}

/** What the ledger itself says of a product. */
function matchLedger(
  assets: readonly AssetProduct[],
  products: readonly AffectedProduct[],
  matches: Map<string, Match>,
): void {
  const aliases = productAliases();
  const wanted = new Set(products.flatMap(nameKeys));
  for (const asset of assets) {
    const targetKey = `asset:${asset.id}`;
    if (asset.product === '' || matches.has(targetKey)) continue;
    for (const { key, version } of productsIn(asset.product)) {
      if (!wanted.has(key)) continue;
      const software = { name: key, version, ecosystem: '', purl: '', cpe: '', seenBy: 'banner' as const };
      for (const product of products) {
        const judgement = judgeSoftware({ ...product, cpe: '', purl: '', ecosystem: '' }, software, aliases);
        if (judgement === undefined) continue;
        keep(matches, {
          ...judgement,
          targetKey,
          unitPath: asset.unitPath,
          assetId: asset.id,
          target: asset.name,
          software: asset.product,
        });
      }
    }
  }
}

/** Reports that name every package, whether anything is known against it or not. */
const BILLS = ['cyclonedx', 'spdx'] as const;

/**
 * Assets whose packages were listed, so that a product that is not among them is not there. A banner, and a tool that names
 * what is vulnerable alone, say nothing of the rest; Trivy lists all when asked to, which shows in a package that it
 * found nothing against.
 */
async function listedAssets(db: Db, area: string): Promise<Set<string>> {
  const { rows } = await sql<{ asset_id: string }>`SELECT DISTINCT asset_id FROM vulnerability_software s
    WHERE asset_id IS NOT NULL AND starts_with(unit_path, ${area}) AND seen_by = 'package'
      AND (tool = ANY(${[...BILLS]}::text[]) OR tool = 'trivy' AND NOT EXISTS (
        SELECT FROM vulnerability_finding f
        WHERE f.target_key = s.target_key AND f.tool = s.tool AND f.place = concat_ws(':', nullif(s.ecosystem, ''), s.name)))`.execute(
    db,
  );
  return new Set(rows.map((row) => row.asset_id));
}

async function assetsBelow(db: Db, area: string): Promise<AssetProduct[]> {
  const assets: AssetProduct[] = [];
  await eachPart<AssetProduct>(
    (last) => productsBelow(db, area, { after: last?.id, max: PART_ROWS }),
    (rows) => assets.push(...rows),
  );
  return assets;
}

/** Compares an advisory anew, and asks every unit that has something nobody can tell of. */
const matchAdvisory = action('vulnerability.advise', z.object({ id: z.uuid() }), async (tx, { id }) => {
  const advisory = await tx.db
    .selectFrom('vulnerability_advisory')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (advisory === undefined) throw notFound('The advisory');
  const area = advisory.unit_path;
  const matches = new Map<string, Match>();
  await matchSoftware(tx.db, area, advisory.products, matches);
  const assets = await assetsBelow(tx.db, area);
  matchLedger(assets, advisory.products, matches);
  await matchIssues(tx.db, area, advisory.ids, matches);
  const listed = await listedAssets(tx.db, area);
  const told = new Set([...matches.values()].flatMap(({ assetId }) => assetId ?? []));
  // Of these nobody can tell that the product is not there.
  const blind = assets.filter((asset) => !listed.has(asset.id) && !told.has(asset.id));
  await tx.db.deleteFrom('vulnerability_match').where('advisory_id', '=', id).execute();
  const rows = [...matches.values()].map((match) => ({
    advisory_id: id,
    target_key: match.targetKey,
    unit_path: match.unitPath,
    asset_id: match.assetId,
    target: match.target,
    software: match.software.slice(0, 300),
    verdict: match.verdict,
    confidence: match.confidence,
    reason: match.reason,
  }));
  await inPieces(rows, (piece) => tx.db.insertInto('vulnerability_match').values(piece).execute());
  const asked = await askUnits(tx, advisory, [
    ...blind.map(({ unitPath, name }) => ({ unitPath, name })),
    ...rows
      .filter(({ verdict }) => verdict === 'unknown')
      .map((row) => ({ unitPath: row.unit_path, name: row.target })),
  ]);
  const count = (verdict: Judgement['verdict']) => rows.filter((row) => row.verdict === verdict).length;
  const counts: AdvisoryCounts = {
    affected: count('affected'),
    notAffected: count('not_affected'),
    unknown: count('unknown'),
    blind: blind.length,
    units: new Set(assets.map(({ unitPath }) => unitPath)).size,
    asked,
  };
  await tx.db
    .updateTable('vulnerability_advisory')
    .set({ counts: JSON.stringify(counts), matched_at: tx.clock.now() })
    .where('id', '=', id)
    .execute();
  tx.record({ object: { type: 'vulnerability_advisory', id }, unitPath: area, data: { change: 'match', counts } });
  tx.publish({ topic: 'vulnerability_advisory', id, action: 'match', unitPath: area, side: 'centre' });
  return counts;
});

interface Advisory {
  readonly id: string;
  readonly title: string;
  readonly ids: readonly string[];
  readonly grade: 'critical' | 'high' | 'medium' | 'low';
  readonly summary: string;
  readonly advice: string;
}

/** One question for each unit; a unit that was asked before is not asked twice. @returns how many were asked in all */
async function askUnits(
  tx: Tx,
  { id, title, ids, grade, summary, advice }: Advisory,
  unsure: readonly { readonly unitPath: string; readonly name: string }[],
): Promise<number> {
  const byUnit = Map.groupBy(unsure, ({ unitPath }) => unitPath);
  const rows = [...byUnit].map(([unitPath, assets]) => ({
    id: tx.ids.next(),
    advisory_id: id,
    unit_path: unitPath,
    title,
    ids: [...ids],
    grade,
    summary,
    advice,
    assets: assets.slice(0, ASSETS_NAMED).map(({ name }) => name),
    asset_count: assets.length,
    asked_at: tx.clock.now(),
    answered_at: null,
  }));
  await inPieces(rows, (piece) =>
    tx.db
      .insertInto('vulnerability_question')
      .values(piece)
      .onConflict((clash) => clash.columns(['advisory_id', 'unit_path']).doNothing())
      .execute(),
  );
  const { asked } = await tx.db
    .selectFrom('vulnerability_question')
    .select(sql<number>`count(*)::int`.as('asked'))
    .where('advisory_id', '=', id)
    .executeTakeFirstOrThrow();
  return asked;
}

const OPEN_MAX = 100;

/** Compares one advisory, or every open one after an import. @param system the platform's own context */
export async function matchSome(system: Ctx, id: string | undefined): Promise<void> {
  const open = await system.read((db) => {
    const rows = db.selectFrom('vulnerability_advisory').select('id').where('state', '=', 'open');
    return (id === undefined ? rows : rows.where('id', '=', id))
      .orderBy('created_at', 'desc')
      .limit(OPEN_MAX)
      .execute();
  });
  for (const advisory of open) await matchAdvisory(system, { id: advisory.id });
}
