import { sql } from 'kysely';
import { z } from 'zod';
import type { Merge } from '#domain/ledger/index.ts';
import type { Tx } from '#platform/context.ts';
import { adoptIssues } from './import/adopt.ts';
import { rekeyed } from './import/store.ts';

/** Vulnerabilities of an asset that turned out to be another one. */

const targetOf = (assetId: string): string => `asset:${assetId}`;

const Rows = z.array(z.record(z.string(), z.unknown()));
/** Rows as they were, also those of the asset that stays which are opened again; and the software that it had not. */
const Carried = z.object({
  issues: Rows,
  same: Rows,
  findings: Rows,
  requests: Rows,
  coverage: Rows,
  software: Rows,
  added: Rows,
});
type Carried = z.output<typeof Carried>;

const SOFTWARE_KEY = sql`s.tool = r.tool AND s.ecosystem = r.ecosystem AND s.name = r.name AND s.version = r.version`;

/**
 * Takes issues, findings, scans and software over. Where the asset that stays has the same issue, the other one is closed:
 * what a person decided of either stays as it is.
 */
async function carry(tx: Tx, { kept, merged }: Merge): Promise<Carried> {
  const [from, to] = [targetOf(merged), targetOf(kept)];
  const rows = async (query: ReturnType<typeof sql<{ row: Record<string, unknown> }>>) =>
    (await query.execute(tx.db)).rows.map(({ row }) => row);
  const issues = await rows(sql`SELECT to_jsonb(i) AS row FROM vulnerability_issue i WHERE asset_id = ${merged}`);
  // An asset is one target, and each artefact that belongs to it is one more.
  const targets = [...new Set(issues.map(({ target_key }) => String(target_key)))];
  const movedOf = (target: string): string => target.replace(from, to);
  const keys = issues.map(({ issue_key, target_key }) =>
    rekeyed(String(issue_key), String(target_key), movedOf(String(target_key))),
  );
  const same = await rows(sql`
    SELECT to_jsonb(i) AS row FROM vulnerability_issue i WHERE issue_key = ANY(${keys}::text[]) AND state = 'closed'`);
  const requests = await rows(sql`
    SELECT jsonb_build_object('id', a.id, 'state', a.state) AS row FROM vulnerability_acceptance a
    JOIN vulnerability_issue i ON i.id = a.issue_id WHERE i.asset_id = ${merged} AND a.state IN ('asked', 'approved')`);
  const findings = await rows(sql`
    SELECT to_jsonb(f) AS row FROM vulnerability_finding f JOIN vulnerability_issue i ON i.id = f.issue_id
    WHERE i.asset_id = ${merged}`);
  const coverage = await rows(sql`
    SELECT jsonb_build_object('import_id', import_id, 'position', position, 'unit_path', unit_path,
      'target_key', target_key, 'asset_id', asset_id) AS row
    FROM vulnerability_coverage WHERE asset_id = ${merged}`);
  const software = await rows(sql`SELECT to_jsonb(s) AS row FROM vulnerability_software s WHERE asset_id = ${merged}`);
  const { unit_path: unitPath } = await tx.db
    .selectFrom('asset')
    .select('unit_path')
    .where('id', '=', kept)
    .executeTakeFirstOrThrow();
  for (const target of targets) {
    const adoption = { from: target, to: movedOf(target), unitPath, assetId: kept, at: tx.clock.now() };
    await adoptIssues(tx, adoption);
  }
  const moved = sql`replace(o.target_key, ${from}, ${to})`;
  await sql`UPDATE vulnerability_coverage o SET asset_id = ${kept}, target_key = ${moved}, unit_path = ${unitPath}
    WHERE asset_id = ${merged}`.execute(tx.db);
  const added = await rows(sql`
    INSERT INTO vulnerability_software AS s SELECT r.* FROM vulnerability_software o
      CROSS JOIN LATERAL jsonb_populate_record(o, jsonb_build_object('target_key', ${moved},
        'asset_id', ${kept}::text, 'unit_path', ${unitPath}::text)) r
    WHERE o.asset_id = ${merged} ON CONFLICT DO NOTHING RETURNING to_jsonb(s) AS row`);
  await sql`DELETE FROM vulnerability_software WHERE asset_id = ${merged}`.execute(tx.db);
  return { issues, same, findings, requests, coverage, software, added };
}

/** Columns that say whose an issue or finding is; all others go on as they are, unless the merge closed it. */
const OWNER = ['unit_path', 'target_key'] as const;

async function putBack(tx: Tx, carried: unknown, { merged }: Merge): Promise<void> {
  const { issues, same, findings, requests, coverage, software, added } = Carried.parse(carried);
  const list = (columns: readonly string[]) =>
    sql.join(columns.map((column) => sql`${sql.ref(column)} = r.${sql.ref(column)}`));
  const stateOf = sql`state = r.state, state_at = r.state_at, closed_at = r.closed_at, deadline_at = r.deadline_at,
    order_id = r.order_id, version = i.version + 1`;
  // Those that the merge closed, and those that it opened.
  await sql`
    UPDATE vulnerability_issue i SET ${stateOf}
    FROM jsonb_populate_recordset(NULL::vulnerability_issue, ${JSON.stringify(issues)}::jsonb) r
    WHERE i.id = r.id AND i.target_key = r.target_key AND i.state <> r.state`.execute(tx.db);
  await sql`
    UPDATE vulnerability_issue i SET ${stateOf}
    FROM jsonb_populate_recordset(NULL::vulnerability_issue, ${JSON.stringify(same)}::jsonb) r
    WHERE i.id = r.id AND i.state = 'open' AND i.closed_at IS NULL`.execute(tx.db);
  await sql`
    UPDATE vulnerability_acceptance a SET state = r.state
    FROM jsonb_populate_recordset(NULL::vulnerability_acceptance, ${JSON.stringify(requests)}::jsonb) r
    WHERE a.id = r.id AND a.state = 'ended'`.execute(tx.db);
  // Those that went over as they were: whatever happened to them since goes back with them.
  await sql`
    UPDATE vulnerability_issue i SET ${list([...OWNER, 'issue_key', 'asset_id'])}, version = i.version + 1
    FROM jsonb_populate_recordset(NULL::vulnerability_issue, ${JSON.stringify(issues)}::jsonb) r
    WHERE i.id = r.id AND i.target_key <> r.target_key`.execute(tx.db);
  await sql`
    UPDATE vulnerability_finding f SET ${list([...OWNER, 'finding_key'])},
      open = CASE WHEN f.target_key = r.target_key THEN r.open ELSE f.open END,
      closed_at = CASE WHEN f.target_key = r.target_key THEN r.closed_at ELSE f.closed_at END
    FROM jsonb_populate_recordset(NULL::vulnerability_finding, ${JSON.stringify(findings)}::jsonb) r
    WHERE f.id = r.id`.execute(tx.db);
  await sql`
    UPDATE vulnerability_step s SET unit_path = i.unit_path FROM vulnerability_issue i
    WHERE s.issue_id = i.id AND i.asset_id = ${merged}`.execute(tx.db);
  await sql`
    UPDATE vulnerability_coverage c SET ${list([...OWNER, 'asset_id'])}
    FROM jsonb_populate_recordset(NULL::vulnerability_coverage, ${JSON.stringify(coverage)}::jsonb) r
    WHERE c.import_id = r.import_id AND c.position = r.position`.execute(tx.db);
  await sql`
    DELETE FROM vulnerability_software s
    USING jsonb_populate_recordset(NULL::vulnerability_software, ${JSON.stringify(added)}::jsonb) r
    WHERE s.target_key = r.target_key AND ${SOFTWARE_KEY} AND s.seen_at = r.seen_at`.execute(tx.db);
  await sql`
    INSERT INTO vulnerability_software
    SELECT * FROM jsonb_populate_recordset(NULL::vulnerability_software, ${JSON.stringify(software)}::jsonb)
    ON CONFLICT DO NOTHING`.execute(tx.db);
}

/** How vulnerabilities follow a merge of assets. */
export const vulnerabilityFollower = { name: 'vulnerabilities', carry, putBack };
