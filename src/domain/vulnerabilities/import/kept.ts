import { sql } from 'kysely';
import { z } from 'zod';
import { notFound } from '#platform/errors.ts';
import { offsetOf, type Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { ISSUE_STATES } from '../workflow.ts';
import { findImport, keptByIssue } from './store.ts';
import { KEPT_REASONS } from './undo.ts';

export const KeptView = z.object({
  issue: z.object({ id: z.uuid(), title: z.string(), target: z.string(), state: z.enum(ISSUE_STATES) }),
  because: z
    .enum(KEPT_REASONS)
    .describe(
      'decided: by a person; ordered: an order speaks of it; later: another report saw it since; merged: its asset became another one',
    ),
});

/** Issues that stayed when an import was taken back. @throws AppError `not_found` */
export async function listKept(db: Db, importId: string, page: z.output<typeof Paging>) {
  if ((await findImport(db, importId)) === undefined) throw notFound('The import');
  const kept = sql`
    SELECT DISTINCT ON (i.id) i.id, i.title, i.target, i.state, b.kept_because AS because
    FROM (${keptByIssue}) b JOIN vulnerability_issue i ON i.id = b.issue_id
    WHERE b.import_id = ${importId} AND b.kept_because <> '' ORDER BY i.id`;
  const { rows } = await sql<{
    id: string;
    title: string;
    target: string;
    state: (typeof ISSUE_STATES)[number];
    because: (typeof KEPT_REASONS)[number];
  }>`SELECT * FROM (${kept}) k ORDER BY title, id LIMIT ${page.pageSize} OFFSET ${offsetOf(page)}`.execute(db);
  const counted = await sql<{ total: number }>`SELECT count(*)::int AS total FROM (${kept}) k`.execute(db);
  return {
    items: rows.map(({ because, ...issue }) => ({ issue, because })),
    total: counted.rows[0]?.total ?? 0,
  };
}
