import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { appendEntries } from '#domain/journal/index.ts';
import type { Ctx } from '#platform/context.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { seedUnits } from '../../../../test/support/units.ts';
import { vulnerabilityJobs } from '../jobs.ts';
import { applyImport, runImport, uploadReport } from './actions.ts';
import { ImportOptions } from './import.ts';

let platform: TestPlatform;
let officer: Ctx;

before(async () => {
  platform = await openTestPlatform({ append: appendEntries, jobs: vulnerabilityJobs });
  const [own] = await seedUnits(platform, [
    { code: 'nn-health', name: '南宁市卫生健康委员会', divisionCode: '450100' },
  ]);
  assert.ok(own);
  officer = platform.as({ roles: ['unit_officer'], path: own.path });
});
after(() => platform.close());

async function imported(report: string, day: number, complete = false): Promise<void> {
  const scannedAt = `2026-02-${String(day).padStart(2, '0')}T10:00:00+08:00`;
  const { id } = await uploadReport(officer, 'scan', Buffer.from(report), ImportOptions.parse({ scannedAt, complete }));
  await applyImport(officer, { id });
  await runImport(platform.system, id);
}

async function closedPlaces(tool: string): Promise<string[]> {
  const rows = await officer.read((db) =>
    db
      .selectFrom('vulnerability_finding')
      .select(['place', 'rule'])
      .where('tool', '=', tool)
      .where('open', '=', false)
      .execute(),
  );
  return rows.map(({ place, rule }) => `${place} ${rule}`).toSorted();
}

/** A weakness of a report: the port it is at, the page, the check. */
type Weakness = readonly [port: number, path: string, rule: string];
const scheme = (port: number) => (port === 443 ? 'https' : 'http');

const zap = (...found: Weakness[]) =>
  `<OWASPZAPReport>${[...Map.groupBy(found, ([port]) => port)].map(
    ([port, alerts]) =>
      `<site name="s" host="10.50.1.1" port="${port}"><alerts>${alerts
        .map(
          ([, path, rule]) => `<alertitem><pluginid>${rule}</pluginid><alert>${rule}</alert><riskcode>2</riskcode>
          <instances><instance><uri>${scheme(port)}://10.50.1.1:${port}${path}</uri></instance></instances></alertitem>`,
        )
        .join('')}</alerts></site>`,
  )}</OWASPZAPReport>`;

const burp = (...found: Weakness[]) =>
  `<issues>${found.map(
    ([port, path, rule]) => `<issue><type>${rule}</type><name>${rule}</name>
      <host ip="10.50.1.2">${scheme(port)}://10.50.1.2:${port}</host><path>${path}</path><severity>High</severity></issue>`,
  )}</issues>`;

const acunetix = (...found: Weakness[]) =>
  `<ScanGroup>${[...Map.groupBy(found, ([port]) => port)].map(
    ([port, items]) =>
      `<Scan><StartURL>${scheme(port)}://10.50.1.3:${port}/</StartURL><ReportItems>${items.map(
        ([, path, rule]) => `<ReportItem><Name>${rule}</Name><ModuleName>m</ModuleName><Affects>${path}</Affects>
        <Severity>high</Severity></ReportItem>`,
      )}</ReportItems></Scan>`,
  )}</ScanGroup>`;

const acunetix360 = (...found: Weakness[]) =>
  JSON.stringify({
    Generated: '',
    Target: { Url: 'http://10.50.1.4:8080/' },
    Vulnerabilities: found.map(([port, path, rule]) => ({
      Name: rule,
      Type: rule,
      Severity: 'High',
      Url: `${scheme(port)}://10.50.1.4:${port}${path}`,
    })),
  });

test('a tool for web sites proves nothing gone, and declared complete only what is at the ports of the sites it names', async () => {
  const formats = [
    ['zap', zap, ''],
    ['burp', burp, ''],
    ['acunetix', acunetix, 'm/'],
    ['acunetix', acunetix360, ''],
  ] as const;
  for (const [index, [tool, write, module]] of formats.entries()) {
    const known = await closedPlaces(tool);
    const day = 1 + index * 4;
    await imported(write([8080, '/a', 'one'], [443, '/login', 'two']), day);
    await imported(write([8080, '/b', 'three']), day + 1);
    assert.deepEqual(await closedPlaces(tool), known, `${write.name} closes nothing by itself`);
    await imported(write([8080, '/b', 'three']), day + 2, true);
    const gone = `tcp/8080 /a ${module}one`;
    assert.deepEqual(await closedPlaces(tool), [...known, gone].toSorted(), `${write.name}, declared complete`);
  }
});

/** What a scanner of hosts noticed without calling it a weakness. */
const NOTED = 'noted';

const qualys = (...found: Weakness[]) =>
  `<ASSET_DATA_REPORT><HOST_LIST><HOST><IP>10.50.2.1</IP><VULN_INFO_LIST>${found.map(
    ([port, , rule]) => `<VULN_INFO><QID>${rule}</QID><TYPE>${rule === NOTED ? 'Ig' : 'Vuln'}</TYPE>
    <PORT>${port}</PORT><PROTOCOL>tcp</PROTOCOL></VULN_INFO>`,
  )}</VULN_INFO_LIST></HOST></HOST_LIST><GLOSSARY><VULN_DETAILS_LIST>${found.map(
    ([, , rule]) => `<VULN_DETAILS><QID>${rule}</QID><TITLE>${rule}</TITLE><SEVERITY>4</SEVERITY></VULN_DETAILS>`,
  )}</VULN_DETAILS_LIST></GLOSSARY></ASSET_DATA_REPORT>`;

const nexpose = (...found: Weakness[]) =>
  `<NexposeReport><nodes><node address="10.50.2.2" status="alive"><endpoints>${found.map(
    ([port, , rule]) => `<endpoint protocol="tcp" port="${port}" status="open"><services><service name="s"><tests>
      <test id="${rule}" status="${rule === NOTED ? 'not-vulnerable' : 'vulnerable-exploited'}"/></tests></service></services></endpoint>`,
  )}</endpoints></node></nodes><VulnerabilityDefinitions>${found.map(
    ([, , rule]) => `<vulnerability id="${rule}" title="${rule}" severity="8"></vulnerability>`,
  )}</VulnerabilityDefinitions></NexposeReport>`;

const openvas = (...found: Weakness[]) =>
  `<report><results>${found.map(
    ([port, , rule]) => `<result><name>${rule}</name><host>10.50.2.3</host><port>${port}/tcp</port><nvt oid="${rule}"/>
      <threat>${rule === NOTED ? 'Log' : 'High'}</threat><severity>${rule === NOTED ? '0.0' : '8.0'}</severity></result>`,
  )}</results></report>`;

test('a scanner of hosts that does not say which ports it tried proves only those that it shows, and only where it shows all', async () => {
  const formats = [
    ['qualys', qualys],
    ['nexpose', nexpose],
    ['openvas', openvas],
  ] as const;
  for (const [tool, write] of formats) {
    await imported(write([443, '', 'one'], [8443, '', 'two'], [443, '', NOTED]), 1);
    await imported(write([443, '', 'three']), 2);
    assert.deepEqual(await closedPlaces(tool), [], `${tool}, a filtered export`);
    await imported(write([443, '', 'three'], [443, '', NOTED]), 3);
    assert.deepEqual(await closedPlaces(tool), ['tcp/443 one'], `${tool}, a whole export`);
    await imported(write([443, '', 'three'], [443, '', NOTED]), 4, true);
    assert.deepEqual(await closedPlaces(tool), ['tcp/443 one', 'tcp/8443 two'], `${tool}, declared complete`);
  }
});

test('an RSAS export proves only the ports that it shows', async () => {
  const rsas = (...found: Weakness[]) =>
    `<report><targets><target><ip>10.50.2.4</ip><vuln_detail>${found.map(
      ([, , rule]) => `<vuln><vul_id>${rule}</vul_id><name>${rule}</name><threat_score>9.5</threat_score></vuln>`,
    )}</vuln_detail><vuln_scanned>${found.map(
      ([port, , rule]) => `<vuln><vul_id>${rule}</vul_id><port>${port}</port><protocol>tcp</protocol></vuln>`,
    )}</vuln_scanned></target></targets></report>`;
  await imported(rsas([443, '', 'one'], [8443, '', 'two']), 1);
  await imported(rsas([443, '', 'three']), 2);
  assert.deepEqual(await closedPlaces('rsas'), ['tcp/443 one']);
});
