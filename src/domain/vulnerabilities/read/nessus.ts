import { gradeOnScale } from '#engine/vulnerability/grade.ts';
import type { Confidence } from '#engine/vulnerability/report.ts';
import { isoTime, numberOf, portPlace, type ReportBuilder, urlParts, webPlace } from './builder.ts';
import { nessusTls } from './services.ts';
import { childrenOf, readXml, textOf, textsOf, type XmlFault, type XmlNode } from './xml.ts';

const SCALE = ['info', 'low', 'medium', 'high', 'critical'] as const;

/** Plugin "Nessus Scan Information": how the host was scanned. Plugin "Ping the remote host": whether it answered. */
const SCAN_INFORMATION = '19506';
const PING = '10180';

/** Families whose findings are read from the versions of installed packages. */
const LOCAL_CHECKS = /Local Security Checks|Windows : Microsoft Bulletins/;

interface Host {
  readonly key: string;
  endedAt: string | null;
}

/** Ports as the preference and plugin 19506 write them. */
function portsOf(text: string): string {
  const plain = text.replace(/\s/g, '').toLowerCase();
  if (plain === 'all' || plain === '1-65535' || plain === '0-65535') return 'all';
  return plain === 'default' || /^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(plain) ? plain : '';
}

function readHost(node: XmlNode, name: string, builder: ReportBuilder): Host | undefined {
  const tags = new Map(childrenOf(node, 'tag').map((tag) => [tag.attributes.name ?? '', tag.text.trim()]));
  const ended = isoTime(tags.get('HOST_END_TIMESTAMP') ?? tags.get('HOST_END'));
  const credentialed = tags.get('Credentialed_Scan');
  const key = builder.target({
    name: urlParts(name)?.host ?? name,
    addresses: [tags.get('host-ip')],
    hosts: [tags.get('host-fqdn'), tags.get('hostname'), tags.get('netbios-name')?.split('\\').at(-1)],
    macs: [tags.get('mac-address')],
    operatingSystem: tags.get('operating-system')?.split('\n')[0],
    ...(credentialed === undefined ? {} : { credentialed: credentialed === 'true' }),
  });
  if (key === undefined) return undefined;
  for (const [tag, value] of tags) {
    if (!/^cpe(-\d+)?$/.test(tag)) continue;
    const cpe = value.split(' ')[0] ?? '';
    const [, , , product = '', version = ''] = cpe.replace(/^cpe:\//, 'cpe:').split(':');
    if (product !== '') builder.software({ target: key, name: product, version, cpe, seenBy: 'banner' });
  }
  return { key, endedAt: ended };
}

/** What Nessus calls services by names of its own. */
const SERVICES: ReadonlyMap<string, string> = new Map([
  ['www', 'http'],
  ['www?', 'http'],
  ['cifs', 'microsoft-ds'],
  ['msrdp', 'ms-wbt-server'],
]);

function confidenceOf(family: string, output: string): Confidence {
  if (LOCAL_CHECKS.test(family)) return 'version';
  return /Installed version\s*:|Version source\s*:|Reported version/i.test(output) ? 'banner' : 'verified';
}

function readItem(item: XmlNode, host: Host, builder: ReportBuilder): void {
  const {
    port = '0',
    protocol = '',
    severity = '',
    pluginID = '',
    pluginName = '',
    pluginFamily = '',
    svc_name: service = '',
  } = item.attributes;
  const output = textOf(item, 'plugin_output');
  if (pluginID === SCAN_INFORMATION) {
    const ports = /Port range\s*:\s*(.+)/i.exec(output)?.[1];
    const credentialed = /Credentialed checks\s*:\s*(yes|no)/i.exec(output)?.[1];
    builder.target({
      name: host.key,
      alive: true,
      ...(ports === undefined ? {} : { ports: portsOf(ports) }),
      ...(credentialed === undefined ? {} : { credentialed: /yes/i.test(credentialed) }),
    });
  }
  const dead = pluginID === PING && /dead|not respond/i.test(output);
  if (!dead) builder.target({ name: host.key, alive: true });
  builder.service(host.key, portPlace(protocol, port), {
    application: SERVICES.get(service) ?? (service === 'general' ? '' : service.replace('?', '')),
    ...nessusTls(pluginID, output),
  });
  const page = /on URL '([^']+)'/.exec(output)?.[1];
  const parts = page === undefined ? undefined : urlParts(page);
  builder.finding({
    row: item.line,
    target: host.key,
    place: parts === undefined ? portPlace(protocol, port) : webPlace(parts.port || port, parts.path),
    rule: pluginID,
    title: pluginName || textOf(item, 'plugin_name'),
    ids: [...textsOf(item, 'cve'), ...textsOf(item, 'xref')],
    grades: {
      cvss3: numberOf(textOf(item, 'cvss4_base_score') || textOf(item, 'cvss3_base_score') || textOf(item, 'cvssv3')),
      cvss2: numberOf(textOf(item, 'cvss_base_score') || textOf(item, 'cvss')),
      tool: gradeOnScale(Number(severity), SCALE, 0),
    },
    confidence: confidenceOf(pluginFamily, output),
    evidence: output || textOf(item, 'synopsis'),
    solution: textOf(item, 'solution'),
    installedVersion: /Installed version\s*:\s*(.+)/i.exec(output)?.[1],
    fixedVersion: /Fixed version\s*:\s*(.+)/i.exec(output)?.[1],
  });
}

/** Nessus and Tenable Web App Scanning, `.nessus` (NessusClientData_v2). */
export function readNessus(text: string, builder: ReportBuilder): XmlFault | undefined {
  let hostName = '';
  let host: Host | undefined;
  let latest: string | null = null;
  let rules: string[] | null = null;
  let informed = false;
  const fault = readXml(text, {
    records: new Set(['HostProperties', 'ReportItem', 'preference']),
    open(name, attributes, line) {
      if (name !== 'ReportHost') return;
      hostName = attributes.name ?? '';
      host = undefined;
      if (hostName.trim() === '') builder.problem(line, 'target.missing', 'ReportHost');
    },
    record(node) {
      if (node.name === 'preference') {
        const value = textOf(node, 'value');
        if (textOf(node, 'name') === 'plugin_set' && /^\d+(;\d+)*;?$/.test(value))
          rules = value.split(';').filter(Boolean);
        return;
      }
      if (node.name === 'HostProperties') {
        host = readHost(node, hostName, builder);
        if (host?.endedAt && (latest === null || host.endedAt > latest)) latest = host.endedAt;
        return;
      }
      host ??= keyOnly(hostName, builder);
      if (host === undefined) {
        builder.problem(node.line, 'target.missing', node.attributes.pluginName ?? '');
        return;
      }
      informed ||= node.attributes.severity === '0';
      readItem(node, host, builder);
    },
  });
  builder.scannedAt = latest;
  builder.rules = rules;
  // An export filtered by severity has lost what a scan always reports, and with it the proof of the rest.
  builder.partial = !informed;
  builder.showsAllPorts = informed;
  return fault;
}

function keyOnly(name: string, builder: ReportBuilder): Host | undefined {
  const key = builder.target({ name: urlParts(name)?.host ?? name });
  return key === undefined ? undefined : { key, endedAt: null };
}
