import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths } from '#domain/organizations/index.ts';
import { notFound } from '#platform/errors.ts';
import { listOf, offsetOf, Paging } from '#platform/http/paging.ts';
import { type Route, route } from '#platform/http/route.ts';
import type { Db } from '#platform/postgres/database.ts';
import { Answer, answerQuestion, closeAdvisory, createAdvisory } from './actions.ts';
import { AdvisoryCounts, AdvisoryInput, ANSWERS, Product } from './advisory.ts';
import { listSoftware, SoftwareQuery, SoftwareView } from './software-list.ts';
import '../tables.ts';

const Id = z.object({ id: z.uuid() });
const Unit = z.object({ path: z.string(), name: z.string() });
const GRADES = ['critical', 'high', 'medium', 'low'] as const;

const AdvisoryView = z.object({
  id: z.uuid(),
  title: z.string(),
  ids: z.array(z.string()),
  grade: z.enum(GRADES),
  summary: z.string(),
  advice: z.string(),
  products: z.array(Product),
  state: z.enum(['open', 'closed']),
  counts: AdvisoryCounts,
  answered: z.number().int().describe('units that were asked and have answered'),
  matchedAt: z.string().nullable(),
  createdBy: z.string(),
  createdAt: z.string(),
});

async function advisories(db: Db, ids: readonly string[]): Promise<z.input<typeof AdvisoryView>[]> {
  const rows = await db
    .selectFrom('vulnerability_advisory')
    .selectAll()
    .where(sql<boolean>`id = ANY(${[...ids]}::uuid[])`)
    .orderBy('created_at', 'desc')
    .execute();
  const { rows: answers } = await sql<{ advisory_id: string; count: number }>`
    SELECT advisory_id, count(*)::int AS count FROM vulnerability_question
    WHERE answer IS NOT NULL AND advisory_id = ANY(${[...ids]}::uuid[]) GROUP BY advisory_id`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    ids: row.ids,
    grade: row.grade,
    summary: row.summary,
    advice: row.advice,
    products: row.products.map((product) => ({ ...product, ranges: [...product.ranges] })),
    state: row.state,
    counts: row.counts,
    answered: answers.find(({ advisory_id }) => advisory_id === row.id)?.count ?? 0,
    matchedAt: row.matched_at?.toISOString() ?? null,
    createdBy: row.created_by_name,
    createdAt: row.created_at.toISOString(),
  }));
}

const MatchView = z.object({
  target: z.string(),
  assetId: z.uuid().nullable(),
  unit: Unit,
  software: z.string(),
  verdict: z.enum(['affected', 'not_affected', 'unknown']),
  confidence: z.enum(['verified', 'version', 'banner', 'unknown']),
  reason: z.string(),
});

const QuestionView = z.object({
  id: z.uuid(),
  advisoryId: z.uuid().nullable().describe('null for people of a unit, who do not see the advisory'),
  unit: Unit,
  title: z.string(),
  ids: z.array(z.string()),
  grade: z.enum(GRADES),
  summary: z.string(),
  advice: z.string(),
  assets: z.array(z.string()),
  assetCount: z.number().int(),
  askedAt: z.string(),
  answer: z.enum(ANSWERS).nullable(),
  note: z.string(),
  answeredBy: z.string(),
  answeredAt: z.string().nullable(),
});

const MatchQuery = Paging.extend({ verdict: z.enum(['affected', 'not_affected', 'unknown']).optional() });
const QuestionQuery = Paging.extend({
  advisory: z.uuid().optional(),
  open: z.enum(['true', 'false']).optional().describe('only those without an answer, or with one'),
});

const namesOf = (db: Db, rows: readonly { readonly unit_path: string }[]) =>
  namesAtPaths(
    db,
    rows.map((row) => row.unit_path),
  );

async function listMatches(db: Db, id: string, query: z.output<typeof MatchQuery>) {
  if ((await advisories(db, [id])).length === 0) throw notFound('The advisory');
  const matching = () => {
    const rows = db.selectFrom('vulnerability_match').where('advisory_id', '=', id);
    return query.verdict === undefined ? rows : rows.where('verdict', '=', query.verdict);
  };
  const rows = await matching()
    .selectAll()
    .orderBy(sql`array_position(ARRAY['affected', 'unknown', 'not_affected'], verdict)`)
    .orderBy('unit_path')
    .orderBy('target_key')
    .limit(query.pageSize)
    .offset(offsetOf(query))
    .execute();
  const { total } = await matching().select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const names = await namesOf(db, rows);
  const items = rows.map((row) => ({
    target: row.target,
    assetId: row.asset_id,
    unit: { path: row.unit_path, name: names.get(row.unit_path)?.name ?? '' },
    software: row.software,
    verdict: row.verdict,
    confidence: row.confidence,
    reason: row.reason,
  }));
  return { items, total };
}

async function listQuestions(db: Db, side: 'centre' | 'unit', query: z.output<typeof QuestionQuery>) {
  const matching = () => {
    let rows = db.selectFrom('vulnerability_question');
    if (query.advisory) rows = rows.where('advisory_id', '=', query.advisory);
    if (query.open) rows = rows.where('answer', query.open === 'true' ? 'is' : 'is not', null);
    return rows;
  };
  const rows = await matching()
    .selectAll()
    .orderBy(sql`answer IS NOT NULL`)
    .orderBy('asked_at', 'desc')
    .orderBy('id')
    .limit(query.pageSize)
    .offset(offsetOf(query))
    .execute();
  const { total } = await matching().select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const names = await namesOf(db, rows);
  const items = rows.map((row) => ({
    id: row.id,
    advisoryId: side === 'centre' ? row.advisory_id : null,
    unit: { path: row.unit_path, name: names.get(row.unit_path)?.name ?? '' },
    title: row.title,
    ids: row.ids,
    grade: row.grade,
    summary: row.summary,
    advice: row.advice,
    assets: row.assets,
    assetCount: row.asset_count,
    askedAt: row.asked_at.toISOString(),
    answer: row.answer,
    note: row.note,
    answeredBy: row.answered_by_name,
    answeredAt: row.answered_at?.toISOString() ?? null,
  }));
  return { items, total };
}

export const advisoryRoutes: readonly Route[] = [
  route({
    method: 'GET',
    url: '/api/vulnerabilities/software',
    permission: 'vulnerability.read',
    summary: 'What an asset has installed or says that it runs, as each tool saw it last; by name',
    query: SoftwareQuery,
    response: listOf(SoftwareView),
    handler: (ctx, { query }) => ctx.read((db) => listSoftware(db, query)),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/advisories',
    permission: 'vulnerability.read',
    summary: 'Advisories about products, the newest first, with how they compare to what is installed',
    query: Paging,
    response: listOf(AdvisoryView),
    handler: (ctx, { query }) =>
      ctx.read(async (db) => {
        const rows = await db
          .selectFrom('vulnerability_advisory')
          .select('id')
          .orderBy('created_at', 'desc')
          .orderBy('id')
          .limit(query.pageSize)
          .offset(offsetOf(query))
          .execute();
        const { total } = await db
          .selectFrom('vulnerability_advisory')
          .select(sql<number>`count(*)::int`.as('total'))
          .executeTakeFirstOrThrow();
        const ids = rows.map(({ id }) => id);
        return { items: await advisories(db, ids), total };
      }),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/advisories',
    permission: 'vulnerability.advise',
    summary: 'Enter an advisory; it is compared with what is installed, and units are asked where nobody can tell',
    body: AdvisoryInput,
    response: Id,
    handler: (ctx, { body }) => createAdvisory(ctx, body),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/advisories/:id',
    permission: 'vulnerability.read',
    summary: 'One advisory',
    params: Id,
    response: AdvisoryView,
    handler: (ctx, { params }) =>
      ctx.read(async (db) => {
        const [found] = await advisories(db, [params.id]);
        if (found === undefined) throw notFound('The advisory');
        return found;
      }),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/advisories/:id/matches',
    permission: 'vulnerability.read',
    summary: 'What an advisory was compared with: affected, not affected, cannot tell, and why',
    params: Id,
    query: MatchQuery,
    response: listOf(MatchView),
    handler: (ctx, { params, query }) => ctx.read((db) => listMatches(db, params.id, query)),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/advisories/:id/close',
    permission: 'vulnerability.advise',
    summary: 'Close an advisory',
    params: Id,
    response: Id,
    handler: (ctx, { params }) => closeAdvisory(ctx, params),
  }),
  route({
    method: 'GET',
    url: '/api/vulnerabilities/questions',
    permission: 'vulnerability.read',
    summary: 'Questions to units about what cannot be told from the data',
    query: QuestionQuery,
    response: listOf(QuestionView),
    handler: (ctx, { query }) => ctx.read((db) => listQuestions(db, ctx.scope.side, query)),
  }),
  route({
    method: 'POST',
    url: '/api/vulnerabilities/questions/:id/answer',
    permission: 'vulnerability.answer',
    summary: 'Answer for the own unit: not affected, fixed, at risk',
    params: Id,
    body: Answer,
    response: Id,
    handler: (ctx, { params, body }) => answerQuestion(ctx, { ...params, ...body }),
  }),
];
