import { gradeOfWord, gradeOnScale } from '#engine/vulnerability/grade.ts';
import { fromHtml, isoTime, numberOf, portPlace, type ReportBuilder, urlParts, webPlace } from './builder.ts';
import { get, isObject, list, objects, str } from './json.ts';
import { showing } from './services.ts';
import { child, childrenOf, descendants, readXml, textOf, type XmlFault } from './xml.ts';

/**
 * Tools for web sites list what they found, neither the pages nor the checks that were clean: their silence proves nothing
 * unless a person says that the list is complete, and then only for the ports of the sites that it names.
 */

/** ZAP: 0 informational … 3 high. */
const ZAP_SCALE = ['info', 'low', 'medium', 'high'] as const;

/** OWASP ZAP, XML. One alert has many instances: each page is a place of its own. */
export function readZap(text: string, builder: ReportBuilder): XmlFault | undefined {
  let site: { target: string; port: string } | undefined;
  builder.partial = true;
  return readXml(text, {
    records: new Set(['alertitem']),
    open(name, attributes, line) {
      if (name === 'OWASPZAPReport') builder.scannedAt = isoTime(attributes.generated);
      if (name !== 'site') return;
      const target = builder.site({ name: attributes.host ?? '' }, attributes.port ?? '');
      site = target === undefined ? undefined : { target, port: attributes.port ?? '' };
      if (site === undefined) builder.problem(line, 'target.missing', attributes.name ?? '');
    },
    record(node) {
      if (site === undefined) {
        builder.problem(node.line, 'target.missing', textOf(node, 'alert'));
        return;
      }
      const instances = childrenOf(child(node, 'instances'), 'instance');
      const pages = instances.length > 0 ? instances.map((one) => textOf(one, 'uri')) : [textOf(node, 'uri')];
      for (const page of pages) {
        const parts = urlParts(page);
        builder.finding({
          row: node.line,
          target: site.target,
          place: webPlace(parts?.port || site.port, parts?.path ?? page),
          rule: textOf(node, 'alertRef') || textOf(node, 'pluginid'),
          title: textOf(node, 'alert') || textOf(node, 'name'),
          ids: [textOf(node, 'reference')],
          grades: { tool: gradeOnScale(Number(textOf(node, 'riskcode')), ZAP_SCALE, 0) },
          confidence: Number(textOf(node, 'confidence')) >= 3 ? 'verified' : 'unknown',
          evidence: fromHtml(textOf(node, 'desc')),
          solution: fromHtml(textOf(node, 'solution')),
        });
      }
    },
  });
}

/** Burp Suite issues, XML. */
export function readBurp(text: string, builder: ReportBuilder): XmlFault | undefined {
  builder.partial = true;
  return readXml(text, {
    records: new Set(['issue']),
    open(name, attributes) {
      if (name === 'issues') builder.scannedAt = isoTime(attributes.exportTime?.replace(/ [A-Z]{3,4} (\d{4})$/, ' $1'));
    },
    record(node) {
      const host = child(node, 'host');
      const parts = urlParts(host?.text ?? '');
      const target = builder.site({ name: parts?.host ?? '', addresses: [host?.attributes.ip] }, parts?.port ?? '');
      if (target === undefined) {
        builder.problem(node.line, 'target.missing', textOf(node, 'name'));
        return;
      }
      const certain = textOf(node, 'confidence');
      builder.finding({
        row: node.line,
        target,
        place: webPlace(parts?.port ?? '', textOf(node, 'path')),
        rule: textOf(node, 'type'),
        title: textOf(node, 'name'),
        ids: [textOf(node, 'references'), textOf(node, 'issueDetail')],
        grades: { tool: gradeOfWord(textOf(node, 'severity')) },
        confidence: certain === 'Certain' ? 'verified' : 'unknown',
        evidence: fromHtml(textOf(node, 'issueDetail') || textOf(node, 'issueBackground')),
        solution: fromHtml(textOf(node, 'remediationDetail') || textOf(node, 'remediationBackground')),
      });
    },
  });
}

/** Acunetix (AWVS), XML. */
export function readAcunetix(text: string, builder: ReportBuilder): XmlFault | undefined {
  let start = '';
  builder.partial = true;
  return readXml(text, {
    records: new Set(['ReportItem', 'Crawler', 'Technologies']),
    open(name) {
      if (name === 'Scan') start = '';
    },
    close(name, value) {
      if (name === 'StartURL') {
        start = value;
        const site = urlParts(value);
        if (site !== undefined) builder.site({ name: site.host }, site.port);
      }
      if (name === 'FinishTime') builder.scannedAt = isoTime(value) ?? builder.scannedAt;
    },
    record(node) {
      if (node.name !== 'ReportItem') return;
      const parts = urlParts(start);
      const target = parts === undefined ? undefined : builder.site({ name: parts.host }, parts.port);
      if (target === undefined) {
        builder.problem(node.line, 'target.missing', textOf(node, 'Name'));
        return;
      }
      if (/^true$/i.test(textOf(node, 'IsFalsePositive'))) return;
      const cvss3 = numberOf(textOf(child(node, 'CVSS3'), 'Score')) ?? numberOf(descendants(node, 'CVSS3')[0]?.text);
      builder.finding({
        row: node.line,
        target,
        place: webPlace(parts?.port ?? '', textOf(node, 'Affects')),
        rule: textOf(node, 'ModuleName') && `${textOf(node, 'ModuleName')}/${textOf(node, 'Name')}`,
        title: textOf(node, 'Name'),
        ids: [...descendants(node, 'CVE').map((one) => one.text), textOf(node, 'Name')],
        grades: { cvss3, tool: gradeOfWord(textOf(node, 'Severity')) },
        evidence: fromHtml(textOf(node, 'Details') || textOf(node, 'Description')),
        solution: fromHtml(textOf(node, 'Recommendation')),
      });
    },
  });
}

/** Acunetix 360 and Invicti, JSON. What was set aside there as false or accepted is not imported as open. */
export function readAcunetix360(report: unknown, builder: ReportBuilder): void {
  builder.partial = true;
  builder.scannedAt = isoTime(
    str(report, 'Target', 'Initiated').replace(/^(\d+\/\d+\/\d+) (\d+:\d+) ([AP]M)$/, clock24),
  );
  const base = urlParts(str(report, 'Target', 'Url'));
  if (base !== undefined) builder.site({ name: base.host }, base.port);
  for (const [index, item] of list(report, 'Vulnerabilities').entries()) {
    const parts = urlParts(str(item, 'Url')) ?? base;
    const target = parts === undefined ? undefined : builder.site({ name: parts.host }, parts.port);
    if (target === undefined || parts === undefined) {
      builder.problem(index + 1, 'target.missing', str(item, 'Name'));
      continue;
    }
    if (/FalsePositive|AcceptedRisk|Fixed/i.test(str(item, 'State').replace(/\s/g, ''))) {
      builder.problem(index + 1, 'record.set_aside', `${str(item, 'Name')}: ${str(item, 'State')}`);
      continue;
    }
    builder.finding({
      row: index + 1,
      target,
      place: webPlace(parts.port, parts.path),
      rule: str(item, 'Type') || str(item, 'Name'),
      title: str(item, 'Name'),
      ids: [str(item, 'Description')],
      grades: {
        cvss3: numberOf(
          str(item, 'Classification', 'Cvss31', 'BaseScore', 'Value') ||
            str(item, 'Classification', 'Cvss', 'BaseScore', 'Value'),
        ),
        tool: gradeOfWord(str(item, 'Severity')),
      },
      confidence: get(item, 'Confirmed') === true ? 'verified' : 'unknown',
      evidence: fromHtml(str(item, 'Description')),
      solution: fromHtml(str(item, 'RemedialActions')),
    });
  }
}

/** `25/06/2021 09:53 PM` without AM and PM. */
function clock24(_all: string, day: string, time: string, half: string): string {
  const [hour = '0', minute = '00'] = time.split(':');
  return `${day} ${String((Number(hour) % 12) + (half === 'PM' ? 12 : 0)).padStart(2, '0')}:${minute}`;
}

/** Nuclei, one JSON object per line or a list; older versions write `templateID`, `matched`. */
export function readNuclei(
  records: readonly { readonly row: number; readonly value: unknown }[],
  builder: ReportBuilder,
): void {
  for (const { row, value } of records) {
    if (!isObject(value)) {
      builder.problem(row, 'record.unknown');
      continue;
    }
    const at = str(value, 'matched-at') || str(value, 'matched') || str(value, 'host');
    const parts = urlParts(at) ?? urlParts(str(value, 'host'));
    const addresses = [str(value, 'ip').replace(/\.$/, '')];
    const target = parts && builder.site({ name: parts.host, addresses }, parts.port);
    if (target === undefined || parts === undefined) {
      builder.problem(row, 'target.missing', str(value, 'info', 'name'));
      continue;
    }
    const when = isoTime(str(value, 'timestamp'));
    if (when !== null && (builder.scannedAt === null || when > builder.scannedAt)) builder.scannedAt = when;
    const info = get(value, 'info');
    const classification = get(info, 'classification');
    const rule = str(value, 'template-id') || str(value, 'templateID') || str(value, 'template');
    const matcher = str(value, 'matcher-name') || str(value, 'matcher_name');
    builder.finding({
      row,
      target,
      place: /^(?:http|headless)/.test(str(value, 'type'))
        ? webPlace(parts.port, parts.path)
        : portPlace('tcp', parts.port),
      rule: matcher === '' ? rule : `${rule}:${matcher}`,
      title: str(info, 'name') || rule,
      ids: [...list(classification, 'cve-id').map((id) => String(id)), str(classification, 'cve-id'), rule],
      grades: { cvss3: numberOf(get(classification, 'cvss-score')), tool: gradeOfWord(str(info, 'severity')) },
      confidence: 'verified',
      evidence: [at, ...list(value, 'extracted-results').map(String)].join('\n'),
      solution: str(info, 'remediation'),
    });
  }
  // It prints what it found and never what it looked for.
  builder.partial = true;
}

/** sslscan and sslyze of old, XML: only what is weak. */
export function readTlsXml(text: string, builder: ReportBuilder): XmlFault | undefined {
  builder.partial = true;
  return readXml(text, {
    records: new Set(['ssltest', 'target']),
    record(node) {
      const { host = '', ip, port = '' } = node.attributes;
      const target = builder.site({ name: host, addresses: [ip] }, port);
      if (target === undefined) {
        builder.problem(node.line, 'target.missing', node.name);
        return;
      }
      const place = portPlace('tcp', port);
      const weak = (rule: string, title: string, grade: 'high' | 'medium', ids: string[] = []) =>
        builder.finding({
          row: node.line,
          target,
          place,
          rule,
          title,
          ids,
          grades: { tool: grade },
          confidence: 'verified',
        });
      const bleeds = [...descendants(node, 'heartbleed'), ...descendants(node, 'openSslHeartbleed')];
      if (bleeds.some(({ attributes }) => attributes.vulnerable === '1' || attributes.isVulnerable === 'True'))
        weak('heartbleed', 'OpenSSL Heartbleed', 'high', ['CVE-2014-0160']);
      if (descendants(node, 'openSslCcsInjection').some(({ attributes }) => attributes.isVulnerable === 'True'))
        weak('ccs-injection', 'OpenSSL CCS injection', 'high', ['CVE-2014-0224']);
      const accepted = descendants(node, 'cipher').filter(
        ({ attributes }) => attributes.status !== 'rejected' && attributes.sslversion,
      );
      const versions = accepted.map(({ attributes }) => attributes.sslversion ?? '');
      const [shown] = childrenOf(descendants(node, 'receivedCertificateChain')[0], 'certificate');
      builder.service(target, place, {
        encrypted: true,
        tlsVersions: versions,
        ...showing({ pem: textOf(shown, 'asPEM') }),
      });
      for (const version of new Set(versions))
        if (/^(?:SSLv[23]|TLSv1\.[01])$/.test(version))
          weak(`protocol:${version}`, `Obsolete protocol ${version}`, 'medium');
      for (const name of ['sslv2', 'sslv3', 'tlsv1', 'tlsv1_1'])
        if (
          descendants(child(node, name), 'cipherSuite').length > 0 &&
          child(child(node, name), 'acceptedCipherSuites') !== undefined
        )
          if (childrenOf(child(child(node, name), 'acceptedCipherSuites'), 'cipherSuite').length > 0)
            weak(`protocol:${name}`, `Obsolete protocol ${name}`, 'medium');
      if (descendants(node, 'expired').some((one) => one.text.trim() === 'true'))
        weak('certificate:expired', 'Certificate has expired', 'medium');
    },
  });
}

/** What sslyze calls the versions, and what others call them. */
const TLS_VERSIONS: ReadonlyMap<string, string> = new Map([
  ['ssl_2_0', 'SSLv2'],
  ['ssl_3_0', 'SSLv3'],
  ['tls_1_0', 'TLSv1.0'],
  ['tls_1_1', 'TLSv1.1'],
  ['tls_1_2', 'TLSv1.2'],
  ['tls_1_3', 'TLSv1.3'],
]);
const OLD_PROTOCOLS = ['ssl_2_0', 'ssl_3_0', 'tls_1_0', 'tls_1_1'] as const;

/** sslyze, JSON of both its shapes. */
export function readSslyze(report: unknown, builder: ReportBuilder): void {
  builder.partial = true;
  builder.scannedAt = isoTime(str(report, 'date_scans_completed').replace(/\.\d+$/, ''));
  for (const [index, item] of objects(get(report, 'server_scan_results')).entries()) {
    const at = get(item, 'server_location') ?? get(item, 'server_info', 'server_location');
    const port = str(at, 'port');
    const target = builder.site({ name: str(at, 'hostname'), addresses: [str(at, 'ip_address')] }, port);
    if (target === undefined) {
      builder.problem(index + 1, 'target.missing');
      continue;
    }
    const place = portPlace('tcp', port);
    const results = get(item, 'scan_result') ?? get(item, 'scan_commands_results');
    const answer = (name: string): unknown => get(results, name, 'result') ?? get(results, name);
    const weak = (rule: string, title: string, grade: 'high' | 'medium', ids: string[] = []) =>
      builder.finding({
        row: index + 1,
        target,
        place,
        rule,
        title,
        ids,
        grades: { tool: grade },
        confidence: 'verified',
      });
    if (get(answer('heartbleed'), 'is_vulnerable_to_heartbleed') === true)
      weak('heartbleed', 'OpenSSL Heartbleed', 'high', ['CVE-2014-0160']);
    if (get(answer('openssl_ccs_injection'), 'is_vulnerable_to_ccs_injection') === true)
      weak('ccs-injection', 'OpenSSL CCS injection', 'high', ['CVE-2014-0224']);
    if (/^VULNERABLE/.test(str(answer('robot'), 'robot_result')))
      weak('robot', 'ROBOT attack on RSA', 'high', ['CVE-2017-13099']);
    const renegotiation = answer('session_renegotiation');
    if (get(renegotiation, 'supports_secure_renegotiation') === false)
      weak('renegotiation', 'No secure renegotiation', 'medium');
    const accepts = (name: string) => list(answer(`${name}_cipher_suites`), 'accepted_cipher_suites').length > 0;
    const accepted = [...TLS_VERSIONS].filter(([name]) => accepts(name)).map(([, version]) => version);
    const [deployed] = list(answer('certificate_info'), 'certificate_deployments');
    const [leaf] = [...list(deployed, 'received_certificate_chain'), ...list(deployed, 'verified_certificate_chain')];
    const shown = showing({ pem: str(leaf, 'as_pem') });
    builder.service(target, place, { encrypted: true, tlsVersions: accepted, ...shown });
    for (const name of OLD_PROTOCOLS)
      if (accepts(name))
        weak(
          `protocol:${name}`,
          `Obsolete protocol ${name.replaceAll('_', '.').replace('.', ' ').toUpperCase()}`,
          'medium',
        );
  }
}
