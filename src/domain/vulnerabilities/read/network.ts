import { gradeOfWord, gradeOnScale } from '#engine/vulnerability/grade.ts';
import type { Confidence } from '#engine/vulnerability/report.ts';
import { isoTime, numberOf, portPlace, type ReportBuilder } from './builder.ts';
import { openVasTls, type ServiceFacts, showing } from './services.ts';
import { child, childrenOf, descendants, readXml, textOf, textsOf, type XmlFault, type XmlNode } from './xml.ts';

/** Quality of detection: below 80 the version was taken from a banner (Greenbone, "Quality of Detection"). */
function confidenceOfQuality(value: number | undefined): Confidence {
  if (value === undefined) return 'unknown';
  if (value >= 97) return 'verified';
  return value >= 80 ? 'version' : 'banner';
}

/** OpenVAS / Greenbone report, XML. Log messages are the tool's information. */
export function readOpenVas(text: string, builder: ReportBuilder): XmlFault | undefined {
  let informed = false;
  const result = (node: XmlNode): void => {
    const host = child(node, 'host');
    const address = host?.text.trim() ?? '';
    const names = [textOf(host, 'hostname'), textOf(node, 'hostname')];
    const target = builder.target({ name: address, hosts: names, alive: true });
    if (target === undefined) {
      builder.problem(node.line, 'target.missing', textOf(node, 'name'));
      return;
    }
    const nvt = child(node, 'nvt');
    const [port = '', protocol = ''] = textOf(node, 'port').split('/');
    const place = portPlace(protocol, port.replace(/^.*\((\d+)$/, '$1'));
    // Older releases write `https (443/tcp)`.
    const description = textOf(node, 'description');
    const application = /^([\w-]+) \(/.exec(port)?.[1] ?? '';
    builder.service(target, place, { application, ...openVasTls(description) });
    const threat = textOf(node, 'threat');
    informed ||= /log|debug/i.test(threat);
    const quality = numberOf(textOf(child(node, 'qod'), 'value'));
    const version = /cvss_base_v3|CVSS:3|CVSS:4/.test(
      descendants(nvt, 'value')
        .map((one) => one.text)
        .join(' '),
    );
    const score = numberOf(textOf(node, 'severity'));
    builder.finding({
      row: node.line,
      target,
      place,
      rule: nvt?.attributes.oid,
      title: textOf(node, 'name') || textOf(nvt, 'name'),
      ids: [
        ...childrenOf(child(nvt, 'refs'), 'ref').map((ref) => ref.attributes.id),
        textOf(nvt, 'cve'),
        textOf(nvt, 'name'),
      ],
      grades: { ...(version ? { cvss3: score } : { cvss2: score }), tool: gradeOfWord(threat) },
      confidence: confidenceOfQuality(quality),
      evidence: description,
      solution: textOf(nvt, 'solution') || (/solution=([^|]+)/.exec(textOf(nvt, 'tags'))?.[1] ?? ''),
      installedVersion: /Installed version:\s*(\S+)/.exec(description)?.[1],
      fixedVersion: /Fixed version:\s*(\S+)/.exec(description)?.[1],
    });
  };
  const fault = readXml(text, {
    records: new Set(['result', 'nvts', 'closed_cves', 'preferences']),
    record(node, parents) {
      if (node.name === 'result' && parents.includes('results')) result(node);
    },
    close(name, value) {
      if (name === 'scan_end' || name === 'scan_start') builder.scannedAt = isoTime(value) ?? builder.scannedAt;
    },
  });
  // Reports are exported with a filter; only one that shows log messages is known to be whole.
  builder.partial = !informed;
  return fault;
}

/** Nmap XML: hosts, services with their versions, and what the script `vulners` guesses from them. */
export function readNmap(text: string, builder: ReportBuilder): XmlFault | undefined {
  const ranges = new Map<string, string[]>();
  let guessed = false;
  const fault = readXml(text, {
    records: new Set(['host', 'scaninfo', 'finished', 'hosthint']),
    record(node) {
      const { protocol = 'tcp', services = '' } = node.attributes;
      if (node.name === 'scaninfo' && services !== '')
        ranges.set(protocol, [...(ranges.get(protocol) ?? []), services]);
      if (node.name === 'finished') builder.scannedAt = isoTime(node.attributes.time);
      if (node.name !== 'host') return;
      guessed = readNmapHost(node, triedPorts(ranges), builder) || guessed;
    },
  });
  // Without the script there was no look at weaknesses at all; open ports it always names.
  builder.partial = !guessed;
  builder.showsAllPorts = true;
  return fault;
}

const MARKS: Readonly<Record<string, string>> = { tcp: 'T:', udp: 'U:' };

/** The ports of each protocol as Nmap's own option takes them: `T:1-1024,8080,U:53`. */
const triedPorts = (ranges: ReadonlyMap<string, readonly string[]>): string =>
  [...ranges]
    .flatMap(([protocol, lists]) => (MARKS[protocol] === undefined ? [] : MARKS[protocol] + lists.join(',')))
    .join(',');

function readNmapHost(node: XmlNode, ports: string, builder: ReportBuilder): boolean {
  const addresses = childrenOf(node, 'address').filter(({ attributes }) => attributes.addrtype !== 'mac');
  const names = childrenOf(child(node, 'hostnames'), 'hostname').map(({ attributes }) => attributes.name);
  const target = builder.target({
    name: addresses[0]?.attributes.addr ?? names[0] ?? '',
    addresses: addresses.map(({ attributes }) => attributes.addr),
    hosts: names,
    macs: childrenOf(node, 'address').map(({ attributes }) => (attributes.addrtype === 'mac' ? attributes.addr : '')),
    operatingSystem: childrenOf(child(node, 'os'), 'osmatch')[0]?.attributes.name,
    alive: child(node, 'status')?.attributes.state === 'up',
    credentialed: false,
    ports,
  });
  if (target === undefined) {
    builder.problem(node.line, 'target.missing', 'host');
    return false;
  }
  let guessed = false;
  for (const port of childrenOf(child(node, 'ports'), 'port')) {
    if (child(port, 'state')?.attributes.state !== 'open') continue;
    const service = child(port, 'service');
    const { product = '', version = '', extrainfo = '' } = service?.attributes ?? {};
    const place = portPlace(port.attributes.protocol ?? '', port.attributes.portid ?? '');
    const cpe = textOf(service, 'cpe');
    if (product !== '') builder.software({ target, name: product, version, cpe, seenBy: 'banner' });
    builder.service(target, place, {
      application: service?.attributes.name ?? '',
      product,
      version,
      ...nmapTls(port, service?.attributes.tunnel === 'ssl'),
    });
    builder.finding({
      row: port.line,
      target,
      place,
      rule: 'open-port',
      title: `Open port ${place.value || port.attributes.portid}: ${service?.attributes.name ?? 'unknown'}`,
      grades: { tool: 'info' },
      confidence: 'verified',
      evidence: [product, version, extrainfo].filter(Boolean).join(' '),
    });
    for (const script of childrenOf(port, 'script').filter(({ attributes }) => attributes.id === 'vulners')) {
      guessed = true;
      vulners(script, { row: port.line, target, place, version }, builder);
    }
  }
  return guessed;
}

/** What the scripts `ssl-cert` and `ssl-enum-ciphers` tell of a port. */
function nmapTls(port: XmlNode, tunnelled: boolean): ServiceFacts {
  const scripts = childrenOf(port, 'script');
  const [shown] = scripts.filter(({ attributes }) => attributes.id === 'ssl-cert');
  const tables = new Map(childrenOf(shown, 'table').map((table) => [table.attributes.key ?? '', table]));
  const value = (node: XmlNode | undefined, key: string): string =>
    childrenOf(node, 'elem').find(({ attributes }) => attributes.key === key)?.text ?? '';
  const certified = showing({
    pem: value(shown, 'pem'),
    fingerprint: value(shown, 'sha256') || value(shown, 'sha1'),
    subject: value(tables.get('subject'), 'commonName'),
    issuer: value(tables.get('issuer'), 'commonName'),
    validFrom: value(tables.get('validity'), 'notBefore'),
    validUntil: value(tables.get('validity'), 'notAfter'),
    algorithm: value(shown, 'sig_algo'),
  });
  const ciphers = scripts.filter(({ attributes }) => attributes.id === 'ssl-enum-ciphers');
  const tlsVersions = ciphers
    .flatMap((script) => childrenOf(script, 'table').map(({ attributes }) => attributes.key ?? ''))
    .filter((version) => /^(?:SSL|TLS)v\d/.test(version));
  const encrypted = tunnelled || shown !== undefined || tlsVersions.length > 0;
  return {
    ...(encrypted ? { encrypted } : {}),
    tlsVersions,
    ...certified,
  };
}

function vulners(
  script: XmlNode,
  at: { row: number; target: string; place: ReturnType<typeof portPlace>; version: string },
  builder: ReportBuilder,
): void {
  const inTables = descendants(script, 'table').map(
    (table) => new Map(childrenOf(table, 'elem').map((elem) => [elem.attributes.key ?? '', elem.text.trim()] as const)),
  );
  const listed = inTables
    .filter((row) => row.has('id'))
    .map((row) => ({ id: row.get('id') ?? '', score: row.get('cvss') }));
  const printed = [...(script.attributes.output ?? '').matchAll(/^\s*([A-Z]+-\d{4}-\d+)\s+([\d.]+)/gm)].map(
    ([, id = '', score]) => ({ id, score }),
  );
  for (const { id, score } of listed.length > 0 ? listed : printed) {
    if (!/^CVE-/i.test(id)) continue;
    const { version, ...rest } = at;
    builder.finding({
      ...rest,
      rule: 'vulners',
      title: id,
      ids: [id],
      grades: { cvss2: numberOf(score) },
      confidence: 'banner',
      installedVersion: version,
    });
  }
}

/** Nexpose / InsightVM XML 1.0 and 2.0: tests at the hosts, what they mean in a list at the end. */
export function readNexpose(text: string, builder: ReportBuilder): XmlFault | undefined {
  interface Seen {
    readonly node: XmlNode;
    readonly target: string;
    readonly place: ReturnType<typeof portPlace>;
  }
  const seen: Seen[] = [];
  const meanings = new Map<string, XmlNode>();
  let informed = false;
  const fault = readXml(text, {
    records: new Set(['node', 'vulnerability', 'scan']),
    record(node) {
      if (node.name === 'scan') builder.scannedAt = isoTime(node.attributes.endTime) ?? builder.scannedAt;
      if (node.name === 'vulnerability') meanings.set((node.attributes.id ?? '').toLowerCase(), node);
      if (node.name !== 'node') return;
      const target = builder.target({
        name: node.attributes.address ?? '',
        hosts: descendants(child(node, 'names'), 'name').map((name) => name.text),
        alive: node.attributes.status === 'alive',
      });
      if (target === undefined) {
        builder.problem(node.line, 'target.missing', 'node');
        return;
      }
      const add = (tests: XmlNode | undefined, place: Seen['place']) => {
        for (const test of childrenOf(tests, 'test')) {
          informed ||= test.attributes.status === 'not-vulnerable';
          if (/^(vulnerable|potentially-vulnerable|exception)/.test(test.attributes.status ?? ''))
            seen.push({ node: test, target, place });
        }
      };
      add(child(node, 'tests'), { kind: 'host', value: '' });
      for (const endpoint of childrenOf(child(node, 'endpoints'), 'endpoint')) {
        const place = portPlace(endpoint.attributes.protocol ?? '', endpoint.attributes.port ?? '');
        builder.service(target, place, {});
        add(child(endpoint, 'tests'), place);
        for (const service of descendants(endpoint, 'service')) add(child(service, 'tests'), place);
      }
    },
  });
  for (const { node, target, place } of seen) {
    const id = node.attributes.id ?? '';
    const meaning = meanings.get(id.toLowerCase());
    const references = childrenOf(child(meaning, 'references'), 'reference').map((one) => one.text);
    builder.finding({
      row: node.line,
      target,
      place,
      rule: id,
      title: meaning?.attributes.title ?? id,
      ids: [...references, id],
      grades: {
        cvss3: numberOf(meaning?.attributes.cvssV3Score),
        cvss2: numberOf(meaning?.attributes.cvssScore),
        tool: nexposeGrade(Number(meaning?.attributes.severity)),
      },
      confidence: /version/.test(node.attributes.status ?? '') ? 'banner' : 'verified',
      evidence: descendants(node, 'Paragraph')
        .map((one) => one.text.trim())
        .filter(Boolean)
        .join('\n'),
      solution: descendants(child(meaning, 'solution'), 'Paragraph')
        .map((one) => one.text.trim())
        .join('\n'),
    });
  }
  // Only an export that shows what was tested and clean is known to be whole.
  builder.partial = !informed;
  return fault;
}

/** Nexpose: 1–3 moderate, 4–7 severe, 8–10 critical. */
const nexposeGrade = (severity: number) =>
  gradeOnScale(
    severity,
    ['low', 'low', 'low', 'medium', 'medium', 'medium', 'high', 'high', 'critical', 'critical'],
    1,
  );

/** Qualys: 1 minimal … 5 urgent. */
const QUALYS_SCALE = ['info', 'low', 'medium', 'high', 'critical'] as const;
/** Information gathered is no weakness, whatever level it carries. */
export const qualysGrade = (type: string, severity: string) =>
  /^(?:Ig|Info)/i.test(type) ? 'info' : gradeOnScale(Number(severity), QUALYS_SCALE, 1);

/** Qualys asset data report, XML: findings at the hosts, what a QID means in the glossary after them. */
export function readQualys(text: string, builder: ReportBuilder): XmlFault | undefined {
  interface Seen {
    readonly info: XmlNode;
    readonly target: string;
  }
  const seen: Seen[] = [];
  const meanings = new Map<string, XmlNode>();
  let informed = false;
  const fault = readXml(text, {
    records: new Set(['HOST', 'VULN_DETAILS']),
    record(node, parents) {
      if (node.name === 'VULN_DETAILS') meanings.set(textOf(node, 'QID'), node);
      if (node.name !== 'HOST' || !parents.includes('HOST_LIST')) return;
      const infos = descendants(node, 'VULN_INFO');
      const target = builder.target({
        name: textOf(node, 'IP'),
        hosts: [textOf(node, 'DNS'), textOf(node, 'NETBIOS')],
        operatingSystem: textOf(node, 'OPERATING_SYSTEM'),
        alive: infos.length > 0,
      });
      if (target === undefined) {
        builder.problem(node.line, 'target.missing', 'HOST');
        return;
      }
      for (const info of infos) seen.push({ info, target });
    },
    close(name, value) {
      if (name === 'GENERATION_DATETIME') builder.scannedAt = isoTime(value);
    },
  });
  for (const { info, target } of seen) {
    const rule = textOf(info, 'QID');
    const meaning = meanings.get(rule);
    const type = textOf(info, 'TYPE');
    informed ||= type === 'Ig';
    const last = isoTime(textOf(info, 'LAST_FOUND'));
    if (last !== null && (builder.scannedAt === null || last > builder.scannedAt)) builder.scannedAt = last;
    builder.finding({
      row: info.line,
      target,
      place: portPlace(textOf(info, 'PROTOCOL'), textOf(info, 'PORT')),
      rule,
      title: textOf(meaning, 'TITLE') || `QID ${rule}`,
      ids: descendants(meaning, 'CVE_ID').flatMap((one) => textsOf(one, 'ID')),
      grades: {
        cvss3: numberOf(descendants(meaning, 'CVSS3_BASE')[0]?.text),
        cvss2: numberOf(descendants(meaning, 'CVSS_BASE')[0]?.text),
        tool: qualysGrade(type, textOf(meaning, 'SEVERITY')),
      },
      // Qualys: Vuln is confirmed, Practice is potential, Ig is information.
      confidence: type === 'Practice' ? 'banner' : 'verified',
      evidence: textOf(info, 'RESULT'),
      solution: textOf(meaning, 'SOLUTION').replace(/<[^>]{0,200}>/g, ' '),
    });
  }
  builder.partial = !informed;
  return fault;
}
