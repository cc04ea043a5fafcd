import { isDeepStrictEqual, promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { sql } from 'kysely';
import { z } from 'zod';
import { assetsById } from '#domain/ledger/index.ts';
import { decodeText } from '#domain/ledger/reading.ts';
import { action } from '#platform/action.ts';
import { chunks } from '#platform/chunks.ts';
import type { Ctx, Tx } from '#platform/context.ts';
import { invalid } from '#platform/errors.ts';
import { deadlineOf } from './deadline.ts';
import { exploitationOf } from './exploitation.ts';
import { inPieces } from './import/store.ts';
import { stakeOf } from './import/targets.ts';
import { mendingPolicy, RATE_JOB } from './policy.ts';
import { rated } from './rating.ts';
import { ACTIVE } from './workflow.ts';

/** Of a file, and of what it unpacks to. */
export const FEED_BYTES_MAX = 100 * 1024 * 1024;

const inflate = promisify(gunzip);

interface Entry {
  readonly id: string;
  readonly since?: string;
  readonly ransomware?: boolean;
  readonly name?: string;
  readonly product?: string;
  readonly probability?: number;
  readonly percentile?: number;
}

export interface Feed {
  readonly kind: 'kev' | 'epss';
  readonly version: string;
  readonly publishedAt: string | null;
  readonly entries: readonly Entry[];
  /** Rows that are none. */
  readonly skipped: number;
}

const Catalogue = z.object({
  catalogVersion: z.string().max(60),
  dateReleased: z.string().max(60).optional(),
  vulnerabilities: z.array(z.unknown()).max(100_000),
});
const Known = z.object({
  cveID: z.string().regex(/^CVE-\d{4}-\d{4,7}$/),
  vendorProject: z.string().max(200).default(''),
  product: z.string().max(200).default(''),
  vulnerabilityName: z.string().max(500).default(''),
  dateAdded: z.iso.date(),
  knownRansomwareCampaignUse: z.string().max(60).default(''),
});

function kevFrom(value: z.output<typeof Catalogue>): Feed {
  const entries = value.vulnerabilities.flatMap((one): Entry[] => {
    const { success, data } = Known.safeParse(one);
    if (!success) return [];
    return [
      {
        id: data.cveID,
        since: data.dateAdded,
        ransomware: data.knownRansomwareCampaignUse === 'Known',
        name: data.vulnerabilityName,
        product: `${data.vendorProject} ${data.product}`.trim(),
      },
    ];
  });
  const released = new Date(value.dateReleased ?? '');
  return {
    kind: 'kev',
    version: value.catalogVersion,
    publishedAt: Number.isNaN(released.getTime()) ? null : released.toISOString(),
    entries,
    skipped: value.vulnerabilities.length - entries.length,
  };
}

/** EPSS: `#model_version:v2025.03.14,score_date:2026-02-28T00:00:00+0000`, then `cve,epss,percentile`. */
function epssFrom(text: string): Feed | undefined {
  const lines = text.split(/\r?\n/);
  const heading = lines.findIndex((line) => /^cve,epss/i.test(line));
  if (heading < 0 || heading > 5) return undefined;
  const comment = lines.slice(0, heading).join(' ');
  const date = new Date((/score_date:([^,\s]+)/.exec(comment)?.[1] ?? '').replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  const rows = lines.slice(heading + 1).filter((line) => line !== '');
  const entries = rows.flatMap((line): Entry[] => {
    const [id = '', epss = '', rank = ''] = line.split(',');
    const [probability, percentile] = [Number(epss), Number(rank)];
    const isRow = /^CVE-\d{4}-\d{4,7}$/.test(id) && epss !== '' && probability >= 0 && probability <= 1;
    return isRow ? [{ id, probability, percentile: percentile >= 0 && percentile <= 1 ? percentile : 0 }] : [];
  });
  return {
    kind: 'epss',
    version: /model_version:([^,\s]+)/.exec(comment)?.[1] ?? '',
    publishedAt: Number.isNaN(date.getTime()) ? null : date.toISOString(),
    entries,
    skipped: rows.length - entries.length,
  };
}

/**
 * A file of exploitation: the catalogue of known exploited vulnerabilities (KEV, JSON) or the scores of EPSS (CSV).
 *
 * @returns undefined when it is neither
 */
function parseFeed(bytes: Uint8Array): Feed | undefined {
  const { text } = decodeText(bytes);
  if (!text.trimStart().startsWith('{')) return epssFrom(text);
  try {
    const { success, data } = Catalogue.safeParse(JSON.parse(text));
    return success ? kevFrom(data) : undefined;
  } catch {
    return undefined;
  }
}

const keepFeed = action(
  'vulnerability.feed',
  z.object({ feed: z.custom<Feed>((value) => typeof value === 'object'), sha256: z.string() }),
  async (tx, { feed, sha256 }) => {
    await (feed.kind === 'kev' ? keepKnown(tx, feed.entries) : keepScores(tx, feed.entries));
    const facts = {
      version: feed.version,
      published_at: feed.publishedAt === null ? null : new Date(feed.publishedAt),
      entries: feed.entries.length,
      sha256,
      loaded_at: tx.clock.now(),
      loaded_by_name: tx.actor.name,
    };
    await tx.db
      .insertInto('vulnerability_feed')
      .values({ kind: feed.kind, ...facts })
      .onConflict((clash) => clash.column('kind').doUpdateSet(facts))
      .execute();
    tx.record({
      object: { type: 'vulnerability_feed', id: feed.kind },
      unitPath: tx.scope.path,
      data: { version: feed.version, entries: feed.entries.length, skipped: feed.skipped, sha256 },
    });
    await tx.enqueue(RATE_JOB, {}, { singletonKey: 'all' });
    return { kind: feed.kind, version: feed.version, entries: feed.entries.length, skipped: feed.skipped };
  },
);

async function keepKnown(tx: Tx, entries: readonly Entry[]): Promise<void> {
  // What the newer catalogue no longer lists is no longer known to be exploited.
  await sql`UPDATE vulnerability_intelligence SET exploited = false, ransomware = false, exploited_since = NULL
    WHERE exploited AND NOT id = ANY(${entries.map(({ id }) => id)}::text[])`.execute(tx.db);
  await inPieces(entries, (piece) => {
    const rows = JSON.stringify(piece);
    return sql`INSERT INTO vulnerability_intelligence (id, exploited, exploited_since, ransomware, name, product)
      SELECT DISTINCT ON (r.id) r.id, true, r.since, r.ransomware, r.name, r.product
      FROM jsonb_to_recordset(${rows}::text::jsonb) AS r(id text, since date, ransomware boolean, name text, product text)
      ON CONFLICT (id) DO UPDATE SET exploited = true, exploited_since = excluded.exploited_since,
        ransomware = excluded.ransomware, name = excluded.name, product = excluded.product`.execute(tx.db);
  });
}

const SCORES_AT_ONCE = 20_000;

async function keepScores(tx: Tx, entries: readonly Entry[]): Promise<void> {
  for (const part of chunks(entries, SCORES_AT_ONCE)) {
    const rows = JSON.stringify(part);
    await sql`INSERT INTO vulnerability_intelligence (id, probability, percentile)
      SELECT DISTINCT ON (r.id) r.id, r.probability, r.percentile
      FROM jsonb_to_recordset(${rows}::text::jsonb) AS r(id text, probability real, percentile real)
      ON CONFLICT (id) DO UPDATE SET probability = excluded.probability, percentile = excluded.percentile`.execute(
      tx.db,
    );
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** A file as it is, or what a `.gz` holds, as EPSS is published. @throws AppError `invalid_input` */
async function unpacked(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await inflate(bytes, { maxOutputLength: FEED_BYTES_MAX });
  } catch {
    throw invalid(
      'The .gz file is damaged, or unpacks to more than 100 MB',
      [{ at: '/file', message: 'Download it anew, or unpack it and bring in what it holds' }],
      'vulnerability.feed.packed',
    );
  }
}

/** Brings in a file of exploitation, also as `.gz`; open issues are rated anew in the background. @throws AppError `invalid_input` */
export async function loadFeed(ctx: Ctx, bytes: Uint8Array) {
  ctx.allow('vulnerability.feed');
  const feed = parseFeed(await unpacked(bytes));
  if (feed === undefined || feed.entries.length === 0) {
    throw invalid(
      'The file is neither a catalogue of known exploited vulnerabilities (JSON) nor a list of EPSS scores (CSV)',
      [{ at: '/file', message: 'Unpack it first when it is an archive other than .gz' }],
      'vulnerability.feed.unknown',
    );
  }
  const { sha256 } = await ctx.files.put(once(bytes), FEED_BYTES_MAX);
  return keepFeed(ctx, { feed, sha256 });
}

const RATED_AT_ONCE = 500;

const rateSome = action('vulnerability.feed', z.object({ after: z.string() }), async (tx, { after }) => {
  const issues = await tx.db
    .selectFrom('vulnerability_issue')
    .selectAll()
    .where('state', 'in', [...ACTIVE])
    .where('id', '>', after)
    .orderBy('id')
    .limit(RATED_AT_ONCE)
    .forUpdate()
    .execute();
  const exploited = await exploitationOf(
    tx.db,
    issues.flatMap(({ ids }) => ids),
  );
  const assets = await assetsById(
    tx.db,
    issues.flatMap(({ asset_id }) => asset_id ?? []),
  );
  const policy = await mendingPolicy(tx.db);
  const changed: { id: string; from: number; to: number }[] = [];
  for (const issue of issues) {
    const rating = rated(
      policy,
      issue.grade,
      exploited(issue.ids),
      issue.reasons.exposure,
      stakeOf(assets.get(issue.asset_id ?? '')),
    );
    if (rating.priority === issue.priority && isDeepStrictEqual(rating.reasons, issue.reasons)) continue;
    // What becomes more pressing gets its time anew, as it does when a report says so.
    const deadline =
      rating.priority < issue.priority
        ? await deadlineOf(tx.db, policy, issue.unit_path, rating.priority, tx.clock.now())
        : {};
    await tx.db
      .updateTable('vulnerability_issue')
      .set({
        ...deadline,
        priority: rating.priority,
        reasons: JSON.stringify(rating.reasons),
        version: issue.version + 1,
      })
      .where('id', '=', issue.id)
      .execute();
    if (rating.priority !== issue.priority) changed.push({ id: issue.id, from: issue.priority, to: rating.priority });
  }
  tx.record({
    object: { type: 'vulnerability_feed', id: 'rating' },
    unitPath: tx.scope.path,
    data: { change: 'rate', looked: issues.length, changed },
    related: changed.map(({ id }) => ({ type: 'vulnerability', id })),
  });
  return issues.length < RATED_AT_ONCE ? undefined : issues.at(-1)?.id;
});

/** Rates every open issue by what is known of exploitation now. @param system the platform's own context */
export async function rateAll(system: Ctx): Promise<void> {
  let after: string | undefined = '00000000-0000-0000-0000-000000000000';
  while (after !== undefined) after = await rateSome(system, { after });
}
