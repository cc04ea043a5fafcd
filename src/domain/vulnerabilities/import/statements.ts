import { sql } from 'kysely';
import type { ReportStatement, ScanReport } from '#engine/vulnerability/report.ts';
import type { Tx } from '#platform/context.ts';
import type { Db } from '#platform/postgres/database.ts';
import { endRequest, moveIssue } from '../step.ts';
import { ACTIVE, type IssueState } from '../workflow.ts';
import { keepStated } from './said.ts';
import { type ImportRow, lockIssuesById } from './store.ts';

/** Name and version out of a package URL, a CPE name or a plain name. */
function productOf(text: string): { readonly name: string; readonly version: string } {
  const purl = /^pkg:[^/]+\/(?:[^@?#]+\/)?([^@?#/]+)(?:@([^?#]+))?/.exec(text);
  if (purl !== null) return { name: decoded(purl[1] ?? ''), version: decoded(purl[2] ?? '') };
  const cpe = /^cpe:2\.3:[aoh]:[^:]*:([^:]*):([^:]*)/.exec(text) ?? /^cpe:\/[aoh]:[^:]*:([^:]*):?([^:]*)/.exec(text);
  if (cpe !== null) return { name: cpe[1] ?? '', version: /^[*-]?$/.test(cpe[2] ?? '') ? '' : (cpe[2] ?? '') };
  return { name: text, version: '' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Candidate {
  readonly id: string;
  readonly state: IssueState;
  readonly ids: string[];
  readonly place: string;
  readonly installed_version: string;
}

/** Whether a statement is about the package a finding was made in: the same name, and the version when it names one. */
function fits({ ids, place, installed_version }: Candidate, statement: ReportStatement): boolean {
  if (!statement.ids.some((id) => ids.includes(id.toUpperCase()) || ids.includes(id))) return false;
  const installed = place.split(':').slice(1).join(':') || place;
  return statement.products.some((product) => {
    const { name, version } = productOf(product);
    const sameName = installed === name || installed.endsWith(`/${name}`);
    return sameName && (version === '' || version === installed_version);
  });
}

/** What a supplier says of an issue: it is not affected or is fixed already. */
interface Stated {
  readonly statement: ReportStatement;
  readonly state: IssueState;
}

/** Issues of packages in these states that a supplier speaks of. */
async function statedOf(
  db: Db,
  unitPath: string,
  report: ScanReport,
  states: readonly IssueState[],
): Promise<Map<string, Stated>> {
  const statements = report.statements.filter(({ status }) => status === 'not_affected' || status === 'fixed');
  const ids = [...new Set(statements.flatMap((statement) => statement.ids.flatMap((id) => [id, id.toUpperCase()])))];
  if (ids.length === 0) return new Map();
  const { rows } = await sql<Candidate>`
    SELECT i.id, i.state, i.ids, f.place, f.installed_version
    FROM vulnerability_issue i JOIN vulnerability_finding f ON f.issue_id = i.id
    WHERE i.ids && ${ids}::text[] AND i.state = ANY(${[...states]}::text[])
      AND f.place_kind = 'package' AND f.open AND starts_with(i.unit_path, ${unitPath})
    ORDER BY i.id LIMIT 100000`.execute(db);
  const found = new Map<string, Stated>();
  for (const row of rows) {
    const statement = statements.find((one) => fits(row, one));
    if (statement !== undefined) found.set(row.id, { statement, state: row.state });
  }
  return found;
}

export const countStatements = async (db: Db, unitPath: string, report: ScanReport): Promise<number> =>
  (await statedOf(db, unitPath, report, ACTIVE)).size;

/** Takes those issues away, each with the supplier's reason. @returns their identifiers */
export async function applyStatements(tx: Tx, found: ImportRow, report: ScanReport): Promise<string[]> {
  const stated = await statedOf(tx.db, found.unit_path, report, [...ACTIVE, 'false_positive']);
  const ids = (isActive: boolean) =>
    [...stated].flatMap(([id, { state }]) => (ACTIVE.includes(state) === isActive ? id : []));
  await keepStated(tx, found, ids(false));
  const suppressed = ids(true);
  for (const issue of await lockIssuesById(tx.db, suppressed)) {
    if (!ACTIVE.includes(issue.state)) continue;
    const reason = stated.get(issue.id)?.statement.reason ?? '';
    await moveIssue(tx, issue, 'suppress', `${found.file_name}: ${reason}`);
    if (issue.state === 'acceptance') await endRequest(tx, issue.id, 'ended');
  }
  return suppressed;
}
