import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { appendEntries } from '#domain/journal/index.ts';
import { createAsset } from '#domain/ledger/index.ts';
import { personMoves } from '#domain/vulnerabilities/actions.ts';
import { applyImport, runImport, uploadReport } from '#domain/vulnerabilities/import/actions.ts';
import { ImportOptions } from '#domain/vulnerabilities/import/import.ts';
import { listKept } from '#domain/vulnerabilities/import/kept.ts';
import { findImport } from '#domain/vulnerabilities/import/store.ts';
import { runUndo, undoImport } from '#domain/vulnerabilities/import/undo.ts';
import { vulnerabilityJobs } from '#domain/vulnerabilities/jobs.ts';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from './stores.ts';
import { seedUnits } from './units.ts';

interface Item {
  readonly plugin: string;
  readonly severity?: number;
  readonly cve?: string;
}

/** A Nessus report of one host, as the scanner writes it. */
export function nessusOf(
  day: string,
  items: readonly Item[],
  host = '10.9.1.1',
  tags: Readonly<Record<string, string>> = {},
): Uint8Array {
  const lines = items.map(
    ({ plugin, severity = 3, cve }) =>
      `<ReportItem port="443" protocol="tcp" severity="${severity}" pluginID="${plugin}" pluginName="Weakness ${plugin}" pluginFamily="General">
      ${cve === undefined ? '' : `<cve>${cve}</cve>`}<plugin_output>seen at ${day}</plugin_output></ReportItem>`,
  );
  const told = Object.entries(tags).map(([name, value]) => `<tag name="${name}">${value}</tag>`);
  return Buffer.from(`<?xml version="1.0"?><NessusClientData_v2><Report name="r"><ReportHost name="${host}">
    <HostProperties><tag name="host-ip">${host}</tag><tag name="HOST_END">${day}T10:00:00+08:00</tag>${told.join('')}</HostProperties>
    <ReportItem port="0" protocol="tcp" severity="0" pluginID="19506" pluginName="Nessus Scan Information" pluginFamily="Settings">
      <plugin_output>Port range : 1-65535\nCredentialed checks : yes</plugin_output></ReportItem>
    ${lines.join('')}</ReportHost></Report></NessusClientData_v2>`);
}

/** A unit that imports reports and takes them back. */
export async function openUndoing() {
  const platform: TestPlatform = await openTestPlatform({ append: appendEntries, jobs: vulnerabilityJobs });
  const [unit] = await seedUnits(platform, [
    { code: 'nn-health', name: '南宁市卫生健康委员会', divisionCode: '450100' },
  ]);
  assert.ok(unit);
  const officer = platform.as({ roles: ['unit_officer'], path: unit.path });
  const analyst = platform.as({ roles: ['analyst'], path: '/450000/' });
  const { id: asset } = await createAsset(officer, { class: 'host', name: '挂号服务器', addresses: ['10.9.1.1'] });

  /** Everything that is told of weaknesses, except what counts writings. */
  const record = () =>
    platform.system.read(async (db) => {
      const rows = async (table: string, without: string) =>
        (
          await sql<{ row: unknown }>`SELECT to_jsonb(t) - ${sql.raw(`ARRAY[${without}]`)}::text[] AS row
          FROM ${sql.table(table)} t WHERE NOT starts_with(target_key, 'undone:') ORDER BY id`.execute(db)
        ).rows.map(({ row }) => row);
      const { rows: scanned } = await sql`SELECT id, last_scanned_at FROM asset ORDER BY id`.execute(db);
      return {
        issues: await rows('vulnerability_issue', `'version', 'changed_at'`),
        findings: await rows('vulnerability_finding', `'_'`),
        scanned,
      };
    });

  return {
    platform,
    officer,
    analyst,
    asset,
    record,
    async imported(bytes: Uint8Array, ctx: Ctx = officer, name = 'scan.nessus'): Promise<string> {
      const { id } = await uploadReport(ctx, name, bytes, ImportOptions.parse({}));
      await applyImport(ctx, { id });
      await runImport(platform.system, id);
      return id;
    },
    async takenBack(id: string) {
      await undoImport(officer, { id });
      await runUndo(platform.system, id);
      await runUndo(platform.system, id);
      const found = await officer.read((db) => findImport(db, id));
      assert.equal(found?.state, 'undone');
      const kept = await officer.read((db) => listKept(db, id, { page: 1, pageSize: 50 }));
      return { undone: found.undone_issues, kept: kept.items.map(({ issue, because }) => [issue.title, because]) };
    },
    /** Of a host, without what nothing stands of. */
    issues: (host: string) =>
      officer.read((db) =>
        db
          .selectFrom('vulnerability_issue')
          .selectAll()
          .where('target', '=', host)
          .where('state', '<>', 'undone')
          .orderBy('title')
          .execute(),
      ),
    findings: (host: string) =>
      officer.read((db) =>
        db
          .selectFrom('vulnerability_finding')
          .innerJoin('vulnerability_issue', 'vulnerability_issue.id', 'vulnerability_finding.issue_id')
          .selectAll('vulnerability_finding')
          .where('vulnerability_issue.target', '=', host)
          .where('withdrawn_at', 'is', null)
          .execute(),
      ),
    software: () =>
      officer.read((db) => db.selectFrom('vulnerability_software').selectAll().orderBy('target_key').execute()),
    dismiss: (id: string) => personMoves.dismiss(analyst, { id, reason: '版本不受影响' }),
    close: () => platform.close(),
  };
}

export type Undoing = Awaited<ReturnType<typeof openUndoing>>;
