import { applyImport, ImportOptions, uploadReport } from '#domain/vulnerabilities/index.ts';
import type { Ctx } from '#platform/context.ts';
import { ASSETS } from './hosts.ts';

/** A report as a scanner would write it about the synthetic region. The weaknesses are public, the hosts do not exist. */

interface Weakness {
  readonly plugin: string;
  readonly name: string;
  readonly port: number;
  readonly severity: number;
  readonly score: number;
  readonly cve: string;
  readonly output: string;
  readonly solution: string;
}

const WEAKNESSES: readonly Weakness[] = [
  {
    plugin: '156014',
    name: 'Apache Log4j Remote Code Execution (Log4Shell)',
    port: 8080,
    severity: 4,
    score: 10,
    cve: 'CVE-2021-44228',
    output: 'Installed version : 2.14.1\nFixed version : 2.17.1',
    solution: '升级 Log4j 至 2.17.1 或以上版本。',
  },
  {
    plugin: '97833',
    name: 'MS17-010: Security Update for Microsoft Windows SMB Server',
    port: 445,
    severity: 3,
    score: 8.1,
    cve: 'CVE-2017-0144',
    output: 'SMB v1 is enabled and the response shows that the update is missing.',
    solution: '安装 MS17-010 补丁，停用 SMBv1，边界阻断 445 端口。',
  },
  {
    plugin: '42873',
    name: 'SSL Medium Strength Cipher Suites Supported (SWEET32)',
    port: 443,
    severity: 2,
    score: 5.3,
    cve: 'CVE-2016-2183',
    output: 'DES-CBC3-SHA',
    solution: '停用 3DES 加密套件。',
  },
  {
    plugin: '71049',
    name: 'SSH Weak MAC Algorithms Enabled',
    port: 22,
    severity: 1,
    score: 2.6,
    cve: '',
    output: 'hmac-md5, hmac-md5-96',
    solution: '停用 MD5 与 96 位 MAC 算法。',
  },
];

/** A host that no unit has entered. */
const UNKNOWN_HOST = '10.71.99.8';

const item = ({ plugin, name, port, severity, score, cve, output, solution }: Weakness): string =>
  `<ReportItem port="${port}" protocol="tcp" severity="${severity}" pluginID="${plugin}" pluginName="${name}" pluginFamily="General">` +
  `${cve === '' ? '' : `<cve>${cve}</cve>`}<cvss3_base_score>${score}</cvss3_base_score>` +
  `<plugin_output>${output}</plugin_output><solution>${solution}</solution></ReportItem>`;

function report(endedAt: Date): string {
  const known = ASSETS.flatMap(({ addresses }) => [...addresses].slice(0, 1));
  const hosts = [...known, UNKNOWN_HOST].map((address, index) => {
    // Every host has some of them, so that the list shows each grade and state.
    const own = WEAKNESSES.filter((_, at) => (index + at) % WEAKNESSES.length < 2);
    return (
      `<ReportHost name="${address}"><HostProperties><tag name="host-ip">${address}</tag>` +
      `<tag name="HOST_END_TIMESTAMP">${Math.floor(endedAt.getTime() / 1000)}</tag></HostProperties>` +
      `<ReportItem port="0" protocol="tcp" severity="0" pluginID="19506" pluginName="Nessus Scan Information" pluginFamily="Settings">` +
      `<plugin_output>Port range : 1-65535\nCredentialed checks : no</plugin_output></ReportItem>${own.map(item).join('')}</ReportHost>`
    );
  });
  return `<?xml version="1.0"?><NessusClientData_v2><Report name="demo">${hosts.join('')}</Report></NessusClientData_v2>`;
}

const SCANNED_BEFORE_MS = 3_600_000;

/**
 * Imports the report once: a demo that goes on has it already.
 *
 * @param system the platform's own context
 */
export async function seedScan(system: Ctx): Promise<void> {
  const before = await system.read((db) => db.selectFrom('vulnerability_import').select('id').limit(1).execute());
  if (before.length > 0) return;
  const bytes = Buffer.from(report(new Date(system.clock.now().getTime() - SCANNED_BEFORE_MS)));
  const options = ImportOptions.parse({ unitPath: '/450000/' });
  const { id } = await uploadReport(system, '全区漏洞扫描（演示）.nessus', bytes, options);
  await applyImport(system, { id });
}
