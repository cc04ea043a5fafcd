import { gradeOfWord } from '#engine/vulnerability/grade.ts';
import type { ReportStatement } from '#engine/vulnerability/report.ts';
import { isoTime, numberOf, packagePlace, type ReportBuilder } from './builder.ts';
import { get, isObject, type JsonObject, list, objects, str, strings } from './json.ts';
import { artefact, scoresOf } from './packages.ts';
import { allText, child, childrenOf, descendants, readXml, textOf, type XmlFault, type XmlNode } from './xml.ts';

const ecosystemOf = (purl: string): string => /^pkg:([a-z0-9.+-]+)\//i.exec(purl)?.[1] ?? '';

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

const VEX_STATE: Readonly<Record<string, ReportStatement['status']>> = {
  not_affected: 'not_affected',
  false_positive: 'not_affected',
  resolved: 'fixed',
  resolved_with_pedigree: 'fixed',
  exploitable: 'affected',
  in_triage: 'under_investigation',
};

interface BomVulnerability {
  readonly row: number;
  readonly id: string;
  readonly references: readonly string[];
  readonly ratings: readonly unknown[];
  readonly description: string;
  readonly recommendation: string;
  readonly state: string;
  readonly reason: string;
  readonly affects: readonly string[];
}

/** A vulnerability of a bill of materials is a finding at each component it affects, or a statement that takes it away. */
function addBomVulnerability(
  found: BomVulnerability,
  target: string,
  components: ReadonlyMap<string, Component>,
  builder: ReportBuilder,
): void {
  if (found.id === '') {
    builder.problem(found.row, 'id.missing', found.description.slice(0, 80));
    return;
  }
  const parts = found.affects.map((ref) => components.get(ref) ?? { name: ref, version: '', purl: '' });
  const status = Object.hasOwn(VEX_STATE, found.state) ? VEX_STATE[found.state] : undefined;
  if (status === 'not_affected' || status === 'fixed') {
    const products = parts.map(({ name, purl }) => purl || name);
    builder.statement({ row: found.row, ids: [found.id], products, status, reason: found.reason });
    return;
  }
  const words = found.ratings.map((rating) => gradeOfWord(str(rating, 'severity'))).filter((one) => one !== undefined);
  for (const { name, version, purl } of parts.length > 0 ? parts : [{ name: '', version: '', purl: '' }]) {
    builder.finding({
      row: found.row,
      target,
      place: name === '' ? { kind: 'host', value: '' } : packagePlace(ecosystemOf(purl), name),
      rule: found.id,
      title: name === '' ? found.id : `${found.id} ${name}`,
      ids: [found.id, ...found.references],
      grades: { ...scoresOf(found.ratings), tool: words[0] ?? 'medium' },
      confidence: 'version',
      evidence: found.description,
      solution: found.recommendation,
      installedVersion: version,
    });
  }
}

/** CycloneDX, JSON, with vulnerabilities (1.4 and later) and the analysis of VEX. */
export function readCycloneDx(report: unknown, builder: ReportBuilder): void {
  builder.scannedAt = isoTime(str(report, 'metadata', 'timestamp'));
  const subject = get(report, 'metadata', 'component');
  const target = artefact(builder, [str(subject, 'name') || str(report, 'serialNumber') || 'CycloneDX'].join(''));
  if (target === undefined) return;
  const components = new Map<string, Component>();
  const waiting = objects(get(report, 'components'));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    waiting.push(...objects(get(next, 'components')));
    const name = [str(next, 'group'), str(next, 'name')].filter(Boolean).join('/');
    const part = { name, version: str(next, 'version'), purl: str(next, 'purl') };
    components.set(str(next, 'bom-ref') || part.purl || name, part);
    builder.software({
      target,
      name: str(next, 'name'),
      version: part.version,
      purl: part.purl,
      cpe: str(next, 'cpe'),
      ecosystem: ecosystemOf(part.purl),
    });
  }
  for (const [index, found] of list(report, 'vulnerabilities').entries()) {
    addBomVulnerability(
      {
        row: index + 1,
        id: str(found, 'id'),
        references: list(found, 'references').map((one) => str(one, 'id')),
        ratings: list(found, 'ratings'),
        description: str(found, 'description') || str(found, 'detail'),
        recommendation: str(found, 'recommendation'),
        state: str(found, 'analysis', 'state'),
        reason: [str(found, 'analysis', 'justification'), str(found, 'analysis', 'detail')].filter(Boolean).join(': '),
        affects: list(found, 'affects').map((one) => str(one, 'ref')),
      },
      target,
      components,
      builder,
    );
  }
}

/** CycloneDX, XML: vulnerabilities inside their component (extension of 1.2) or in a list of their own (1.4). */
export function readCycloneDxXml(text: string, builder: ReportBuilder): XmlFault | undefined {
  const components = new Map<string, Component>();
  const found: { readonly node: XmlNode; readonly within: string | undefined }[] = [];
  let subject = '';
  let serial = '';
  const fault = readXml(text, {
    records: new Set(['metadata', 'component', 'vulnerability']),
    open(name, attributes) {
      if (name === 'bom') serial = attributes.serialNumber ?? '';
    },
    record(node) {
      if (node.name === 'metadata') {
        builder.scannedAt = isoTime(textOf(node, 'timestamp'));
        subject = textOf(child(node, 'component'), 'name');
      }
      if (node.name === 'vulnerability') found.push({ node, within: undefined });
      if (node.name !== 'component') return;
      for (const part of [node, ...descendants(node, 'component')]) {
        const purl = textOf(part, 'purl');
        const name = [textOf(part, 'group'), textOf(part, 'name')].filter(Boolean).join('/');
        const ref = part.attributes['bom-ref'] ?? (purl || name);
        components.set(ref, { name, version: textOf(part, 'version'), purl });
        for (const inner of childrenOf(child(part, 'vulnerabilities'), 'vulnerability'))
          found.push({ node: inner, within: ref });
      }
    },
  });
  const target = artefact(builder, subject || serial || 'CycloneDX');
  if (target === undefined) return fault;
  for (const { name, version, purl } of components.values()) {
    builder.software({ target, name: name.split('/').at(-1) ?? name, version, purl, ecosystem: ecosystemOf(purl) });
  }
  for (const { node, within } of found) {
    addBomVulnerability(
      {
        row: node.line,
        id: textOf(node, 'id'),
        references: descendants(child(node, 'references'), 'id').map((one) => one.text),
        ratings: childrenOf(child(node, 'ratings'), 'rating').map((rating) => ({
          severity: textOf(rating, 'severity'),
          method: textOf(rating, 'method'),
          vector: textOf(rating, 'vector'),
          score: textOf(child(rating, 'score'), 'base') || textOf(rating, 'score'),
        })),
        description: textOf(node, 'description'),
        recommendation: allText(child(node, 'recommendation')) || allText(child(node, 'recommendations')),
        state: textOf(child(node, 'analysis'), 'state'),
        reason: textOf(child(node, 'analysis'), 'detail'),
        affects:
          within === undefined ? descendants(child(node, 'affects'), 'ref').map((one) => one.text.trim()) : [within],
      },
      target,
      components,
      builder,
    );
  }
  return fault;
}

/** SPDX 2.2 and 2.3, JSON: software, and the advisories a package names. */
export function readSpdx(report: unknown, builder: ReportBuilder): void {
  builder.scannedAt = isoTime(str(report, 'creationInfo', 'created'));
  const target = artefact(builder, str(report, 'name') || 'SPDX');
  if (target === undefined) return;
  for (const [index, part] of list(report, 'packages').entries()) {
    const references = list(part, 'externalRefs');
    const locator = (type: RegExp) =>
      references.filter((one) => type.test(str(one, 'referenceType'))).map((one) => str(one, 'referenceLocator'));
    const [purl = ''] = locator(/purl$/);
    const name = str(part, 'name');
    const version = str(part, 'versionInfo');
    builder.software({
      target,
      name,
      version,
      purl,
      cpe: locator(/cpe23Type$/)[0] ?? '',
      ecosystem: ecosystemOf(purl),
    });
    for (const advisory of locator(/(?:advisory|fix|url)$/)) {
      const id = /(?:CVE-\d{4}-\d{4,7}|GHSA(?:-[0-9a-z]{4}){3})/i.exec(advisory)?.[0];
      if (id === undefined) continue;
      builder.finding({
        row: index + 1,
        target,
        place: packagePlace(ecosystemOf(purl), name),
        rule: id,
        title: `${id.toUpperCase()} ${name}`,
        ids: [id],
        grades: { tool: 'medium' },
        confidence: 'version',
        evidence: advisory,
        installedVersion: version,
      });
    }
  }
}

/** OpenVEX 0.2: what a supplier says of a vulnerability in its products. */
export function readOpenVex(report: unknown, builder: ReportBuilder): void {
  builder.scannedAt = isoTime(str(report, 'timestamp'));
  for (const [index, item] of list(report, 'statements').entries()) {
    const status = str(item, 'status');
    if (!isStatus(status)) {
      builder.problem(index + 1, 'status.unknown', status);
      continue;
    }
    const vulnerability = get(item, 'vulnerability');
    const ids = [
      str(vulnerability, 'name') || str(vulnerability, '@id') || str(item, 'vulnerability'),
      ...strings(vulnerability, 'aliases'),
    ];
    const products = list(item, 'products').flatMap((product) => {
      const own = typeof product === 'string' ? product : str(product, '@id') || str(product, 'identifiers', 'purl');
      return [own, ...list(product, 'subcomponents').map((one) => str(one, '@id'))];
    });
    builder.statement({
      row: index + 1,
      ids: ids.filter(Boolean),
      products,
      status,
      reason: [str(item, 'justification'), str(item, 'impact_statement') || str(item, 'action_statement')]
        .filter(Boolean)
        .join(': '),
    });
  }
}

const STATUSES = ['not_affected', 'fixed', 'affected', 'under_investigation'] as const;
const isStatus = (text: string): text is ReportStatement['status'] => STATUSES.some((status) => status === text);

const CSAF_STATUS: readonly (readonly [string, ReportStatement['status']])[] = [
  ['known_not_affected', 'not_affected'],
  ['fixed', 'fixed'],
  ['first_fixed', 'fixed'],
  ['known_affected', 'affected'],
  ['under_investigation', 'under_investigation'],
];

/** CSAF 2.0 and 2.1: an advisory with the status of each product. */
export function readCsaf(report: unknown, builder: ReportBuilder): void {
  const version = str(report, 'document', 'csaf_version');
  if (!/^2\.\d$/.test(version)) {
    builder.problem(1, 'version.unsupported', `csaf_version ${version}`);
    return;
  }
  builder.scannedAt = isoTime(str(report, 'document', 'tracking', 'current_release_date'));
  const products = csafProducts(report);
  for (const [index, item] of list(report, 'vulnerabilities').entries()) {
    const ids = [str(item, 'cve'), ...list(item, 'ids').map((one) => str(one, 'text'))].filter(Boolean);
    const reasons = list(item, 'flags')
      .map((flag) => str(flag, 'label'))
      .filter(Boolean);
    if (ids.length === 0) {
      builder.problem(index + 1, 'id.missing', str(item, 'title'));
      continue;
    }
    for (const [name, status] of CSAF_STATUS) {
      const named = strings(item, 'product_status', name).map((id) => products.get(id) ?? id);
      if (named.length > 0)
        builder.statement({ row: index + 1, ids, products: named, status, reason: reasons.join(', ') });
    }
  }
}

/** Product id → package URL, CPE name or name, from branches, full names and relationships. */
function csafProducts(report: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const add = (product: unknown): void => {
    const helper = get(product, 'product_identification_helper');
    const name = str(helper, 'purl') || str(helper, 'cpe') || str(product, 'name');
    if (str(product, 'product_id') !== '') found.set(str(product, 'product_id'), name);
  };
  const tree = get(report, 'product_tree');
  const waiting: JsonObject[] = objects(get(tree, 'branches'));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    waiting.push(...objects(get(next, 'branches')));
    if (isObject(next.product)) add(next.product);
  }
  for (const product of list(tree, 'full_product_names')) add(product);
  for (const relation of list(tree, 'relationships')) {
    const id = str(relation, 'full_product_name', 'product_id');
    // The part carries the version that is installed; the whole it belongs to carries none.
    const part = found.get(str(relation, 'product_reference'));
    if (id !== '') found.set(id, part ?? str(relation, 'full_product_name', 'name'));
  }
  return found;
}

/** SARIF 2.1: results of source analysis. Suppressed and absent ones stay out. */
export function readSarif(report: unknown, builder: ReportBuilder): void {
  let row = 0;
  for (const run of list(report, 'runs')) {
    const driver = get(run, 'tool', 'driver');
    if (str(driver, 'name') !== '') builder.tool = `sarif:${str(driver, 'name')}`;
    builder.toolVersion = str(driver, 'semanticVersion') || str(driver, 'version');
    builder.scannedAt ??= isoTime(str(list(run, 'invocations')[0], 'endTimeUtc'));
    const rules = [...list(driver, 'rules'), ...list(run, 'tool', 'extensions').flatMap((one) => list(one, 'rules'))];
    const byId = new Map(rules.map((rule) => [str(rule, 'id'), rule]));
    const repository = str(list(run, 'versionControlProvenance')[0], 'repositoryUri');
    const target = artefact(builder, repository || str(driver, 'name') || 'SARIF');
    if (target === undefined) continue;
    for (const result of list(run, 'results')) {
      row += 1;
      if (list(result, 'suppressions').some((one) => !/^(underReview|rejected)$/.test(str(one, 'status')))) {
        builder.problem(row, 'record.set_aside', str(result, 'ruleId'));
        continue;
      }
      if (str(result, 'baselineState') === 'absent' || /^(pass|notApplicable)$/.test(str(result, 'kind'))) continue;
      const index = numberOf(get(result, 'ruleIndex'));
      const id =
        str(result, 'ruleId') || str(result, 'rule', 'id') || str(index === undefined ? undefined : rules[index], 'id');
      const rule = byId.get(id) ?? (index === undefined ? undefined : rules[index]);
      const where = list(result, 'locations')[0];
      const file =
        str(where, 'physicalLocation', 'artifactLocation', 'uri') ||
        str(list(where, 'logicalLocations')[0], 'fullyQualifiedName');
      const level = str(result, 'level') || str(rule, 'defaultConfiguration', 'level') || 'warning';
      const message = str(result, 'message', 'text') || str(result, 'message', 'markdown');
      builder.finding({
        row,
        target,
        place: { kind: 'path', value: file.replace(/^file:\/\/\//, '/') },
        rule: id,
        title: str(rule, 'shortDescription', 'text') || str(rule, 'name') || message.split('\n')[0] || id,
        ids: [id, ...strings(rule, 'properties', 'tags')],
        grades: { cvss3: numberOf(get(rule, 'properties', 'security-severity')), tool: gradeOfWord(level) },
        confidence: 'unknown',
        evidence: `${file}:${str(where, 'physicalLocation', 'region', 'startLine')}\n${message}`,
        solution: str(rule, 'help', 'text'),
      });
    }
  }
}
