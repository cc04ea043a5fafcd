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

/** Issues of packages that a supplier says are not affected or are fixed already. */
async function suppressedBy(
  db: Db,
  unitPath: string,
  report: ScanReport,
  states: readonly IssueState[] = ACTIVE,
): Promise<Map<string, ReportStatement>> {
  const statements = report.statements.filter(({ status }) => status === 'not_affected' || status === 'fixed');
  const ids = [...new Set(statements.flatMap((statement) => statement.ids.flatMap((id) => [id, id.toUpperCase()])))];
  if (ids.length === 0) return new Map();
  const { rows } = await sql<Candidate>`
    SELECT i.id, i.ids, f.place, f.installed_version
    FROM vulnerability_issue i JOIN vulnerability_finding f ON f.issue_id = i.id
    WHERE i.ids && ${ids}::text[] AND i.state = ANY(${[...states]}::text[])
      AND f.place_kind = 'package' AND f.open AND starts_with(i.unit_path, ${unitPath})
    ORDER BY i.id LIMIT 100000`.execute(db);
  const found = new Map<string, ReportStatement>();
  for (const row of rows) {
    const statement = statements.find((one) => fits(row, one));
    if (statement !== undefined) found.set(row.id, statement);
  }
  return found;
}

export const countStatements = async (db: Db, unitPath: string, report: ScanReport): Promise<number> =>
  (await suppressedBy(db, unitPath, report)).size;

/** Takes those issues away, each with the supplier's reason. @returns their identifiers */
export async function applyStatements(tx: Tx, found: ImportRow, report: ScanReport): Promise<string[]> {
  await keepStated(tx, found, [...(await suppressedBy(tx.db, found.unit_path, report, ['false_positive'])).keys()]);
  const suppressed = await suppressedBy(tx.db, found.unit_path, report);
  for (const issue of await lockIssuesById(tx.db, [...suppressed.keys()])) {
    if (!ACTIVE.includes(issue.state)) continue;
    const reason = suppressed.get(issue.id)?.reason ?? '';
    await moveIssue(tx, issue, 'suppress', `${found.file_name}: ${reason}`);
    if (issue.state === 'acceptance') await endRequest(tx, issue.id, 'ended');
  }
  return [...suppressed.keys()];
}
