import { gradeOfWord } from '#engine/vulnerability/grade.ts';
import { clean, isoTime, numberOf, packagePlace, type ReportBuilder } from './builder.ts';
import { get, isObject, type JsonObject, list, objects, str, strings } from './json.ts';

/** Scores of a list of CVSS ratings as Grype and CycloneDX write them: the newest version of CVSS wins. */
function scoresOf(ratings: readonly unknown[]): { cvss3?: number | undefined; cvss2?: number | undefined } {
  let [cvss3, cvss2]: (number | undefined)[] = [];
  for (const rating of ratings) {
    const version = `${str(rating, 'version')}${str(rating, 'method')}${str(rating, 'vector').slice(0, 8)}`;
    const score = numberOf(get(rating, 'metrics', 'baseScore')) ?? numberOf(get(rating, 'score'));
    if (score === undefined) continue;
    if (/^2|v2|AV:./i.test(version) && !/[34]\.\d|v[34]/i.test(version)) cvss2 = Math.max(cvss2 ?? 0, score);
    else if (/[34]/.test(version)) cvss3 = Math.max(cvss3 ?? 0, score);
  }
  return { cvss3, cvss2 };
}

/** The kinds of package that a distribution's own tool installed. */
const artefact = (builder: ReportBuilder, name: string): string | undefined =>
  builder.target({ kind: 'artefact', name, alive: true, credentialed: true, ports: '' });

/** Trivy: schema 2, the bare list of old versions, and a cluster report. */
export function readTrivy(report: unknown, builder: ReportBuilder): void {
  builder.scannedAt = isoTime(str(report, 'CreatedAt'));
  const name = str(report, 'ArtifactName') || str(report, 'ClusterName');
  const workloads = [
    ...objects(get(report, 'Vulnerabilities')),
    ...objects(get(report, 'Resources')),
    ...objects(get(report, 'Misconfigurations')),
  ];
  let row = 0;
  const results = (where: string, items: readonly unknown[]): void => {
    for (const result of items) {
      const own = str(result, 'Target').replace(/ \([^()]*\)$/, '');
      const target = artefact(builder, where || own);
      if (target === undefined) {
        builder.problem(row + 1, 'target.missing');
        continue;
      }
      row = trivyResult(result, target, row, builder);
    }
  };
  if (workloads.length === 0) results(name, objects(Array.isArray(report) ? report : get(report, 'Results')));
  for (const workload of workloads) {
    const path = [name, str(workload, 'Namespace'), str(workload, 'Kind'), str(workload, 'Name')]
      .filter(Boolean)
      .join('/');
    results(path, objects(get(workload, 'Results')));
  }
}

function trivyResult(result: unknown, target: string, before: number, builder: ReportBuilder): number {
  let row = before;
  const ecosystem = str(result, 'Type');
  for (const found of list(result, 'Packages')) {
    builder.software({
      target,
      name: str(found, 'Name'),
      version: str(found, 'Version'),
      ecosystem,
      purl: str(found, 'Identifier', 'PURL'),
    });
  }
  for (const found of list(result, 'Vulnerabilities')) {
    row += 1;
    const name = str(found, 'PkgName');
    const id = str(found, 'VulnerabilityID');
    if (id === '' || name === '') {
      builder.problem(row, id === '' ? 'id.missing' : 'package.missing', name);
      continue;
    }
    const cvss = Object.values(isObject(get(found, 'CVSS')) ? (get(found, 'CVSS') as JsonObject) : {});
    const best = (key: string) => Math.max(...cvss.map((one) => numberOf(get(one, key)) ?? 0));
    const version = str(found, 'InstalledVersion');
    builder.software({ target, name, version, ecosystem, purl: str(found, 'PkgIdentifier', 'PURL') });
    builder.finding({
      row,
      target,
      place: packagePlace(ecosystem, name),
      rule: id,
      title: str(found, 'Title') || `${id} ${name}`,
      ids: [id],
      grades: {
        cvss3: best('V3Score') || undefined,
        cvss2: best('V2Score') || undefined,
        tool: gradeOfWord(str(found, 'Severity')),
      },
      confidence: 'version',
      evidence: str(found, 'Description'),
      solution: '',
      installedVersion: version,
      fixedVersion: str(found, 'FixedVersion'),
    });
  }
  for (const found of [...list(result, 'Misconfigurations'), ...list(result, 'Secrets')]) {
    row += 1;
    if (str(found, 'Status') === 'PASS') continue;
    builder.finding({
      row,
      target,
      place: { kind: 'path', value: str(result, 'Target') },
      rule: str(found, 'AVDID') || str(found, 'ID') || str(found, 'RuleID'),
      title: str(found, 'Title'),
      grades: { tool: gradeOfWord(str(found, 'Severity')) },
      confidence: 'verified',
      evidence: str(found, 'Message'),
      solution: str(found, 'Resolution'),
    });
  }
  return row;
}

/** Anchore Grype. Its own number may be a GHSA whose CVE stands beside it. */
export function readGrype(report: unknown, builder: ReportBuilder): void {
  builder.scannedAt = isoTime(str(report, 'descriptor', 'timestamp'));
  builder.toolVersion = str(report, 'descriptor', 'version');
  const source = get(report, 'source', 'target');
  const name = str(source, 'userInput') || (typeof source === 'string' ? source : '') || 'grype';
  const target = artefact(builder, name);
  if (target === undefined) {
    builder.problem(1, 'target.missing');
    return;
  }
  for (const [index, match] of list(report, 'matches').entries()) {
    const found = get(match, 'vulnerability');
    const related = list(match, 'relatedVulnerabilities');
    const part = get(match, 'artifact');
    const id = str(found, 'id');
    if (id === '') {
      builder.problem(index + 1, 'id.missing', str(part, 'name'));
      continue;
    }
    const [version, ecosystem] = [str(part, 'version'), str(part, 'type')];
    builder.software({
      target,
      name: str(part, 'name'),
      version,
      ecosystem,
      purl: str(part, 'purl'),
      cpe: str(list(part, 'cpes')[0]),
    });
    builder.finding({
      row: index + 1,
      target,
      place: packagePlace(ecosystem, str(part, 'name')),
      rule: id,
      title: `${id} ${str(part, 'name')}`,
      ids: [id, ...related.map((one) => str(one, 'id'))],
      grades: {
        ...scoresOf([...list(found, 'cvss'), ...related.flatMap((one) => list(one, 'cvss'))]),
        tool: gradeOfWord(str(found, 'severity')),
      },
      confidence: 'version',
      evidence: [str(found, 'description'), ...list(part, 'locations').map((one) => str(one, 'path'))]
        .filter(Boolean)
        .join('\n'),
      installedVersion: version,
      fixedVersion: strings(found, 'fix', 'versions').join(', '),
    });
  }
}

/** OSV-Scanner. */
export function readOsv(report: unknown, builder: ReportBuilder): void {
  let row = 0;
  for (const result of list(report, 'results')) {
    const target = artefact(builder, str(result, 'source', 'path'));
    for (const item of list(result, 'packages')) {
      const [name, version, ecosystem] = ['name', 'version', 'ecosystem'].map((key) => str(item, 'package', key)) as [
        string,
        string,
        string,
      ];
      if (target !== undefined) builder.software({ target, name, version, ecosystem });
      for (const found of list(item, 'vulnerabilities')) {
        row += 1;
        if (target === undefined) {
          builder.problem(row, 'target.missing', str(found, 'id'));
          continue;
        }
        const group = objects(get(item, 'groups')).find((one) => strings(one, 'ids').includes(str(found, 'id')));
        builder.finding({
          row,
          target,
          place: packagePlace(ecosystem, name),
          rule: str(found, 'id'),
          title: str(found, 'summary') || `${str(found, 'id')} ${name}`,
          ids: [str(found, 'id'), ...strings(found, 'aliases')],
          grades: {
            cvss3: numberOf(get(group, 'max_severity')),
            tool: gradeOfWord(str(found, 'database_specific', 'severity')) ?? 'medium',
          },
          confidence: 'version',
          evidence: str(found, 'details'),
          installedVersion: version,
        });
      }
    }
  }
}

/** Dependency-Track, finding packaging format. What was judged false or not affected there stays out. */
export function readDependencyTrack(report: unknown, builder: ReportBuilder): void {
  builder.scannedAt = isoTime(str(report, 'meta', 'timestamp'));
  const project = [str(report, 'project', 'name'), str(report, 'project', 'version')].filter(Boolean).join(' ');
  const target = artefact(builder, project || 'Dependency-Track');
  if (target === undefined) return;
  for (const [index, item] of list(report, 'findings').entries()) {
    const part = get(item, 'component');
    const found = get(item, 'vulnerability');
    const state = str(item, 'analysis', 'state');
    if (get(item, 'analysis', 'isSuppressed') === true || /FALSE_POSITIVE|NOT_AFFECTED|RESOLVED/.test(state)) {
      builder.problem(index + 1, 'record.set_aside', `${str(found, 'vulnId')}: ${state || 'suppressed'}`);
      continue;
    }
    const ecosystem = /^pkg:([a-z]+)\//.exec(str(part, 'purl'))?.[1] ?? '';
    builder.software({
      target,
      name: str(part, 'name'),
      version: str(part, 'version'),
      ecosystem,
      purl: str(part, 'purl'),
    });
    builder.finding({
      row: index + 1,
      target,
      place: packagePlace(ecosystem, [str(part, 'group'), str(part, 'name')].filter(Boolean).join('/')),
      rule: [str(found, 'source'), str(found, 'vulnId')].filter(Boolean).join(':'),
      title: str(found, 'title') || `${str(found, 'vulnId')} ${str(part, 'name')}`,
      ids: [str(found, 'vulnId'), ...objects(get(found, 'aliases')).map((alias) => str(alias, 'cveId'))],
      grades: {
        cvss3: numberOf(get(found, 'cvssV3BaseScore')),
        cvss2: numberOf(get(found, 'cvssV2BaseScore')),
        tool: gradeOfWord(str(found, 'severity')),
      },
      confidence: 'version',
      evidence: str(found, 'description'),
      solution: str(found, 'recommendation'),
      installedVersion: str(part, 'version'),
    });
  }
}

/** Wazuh: the answer of its API up to 4.7, and documents of its vulnerability index from 4.8 on. */
export function readWazuh(report: unknown, builder: ReportBuilder): void {
  const hits = list(report, 'hits', 'hits').map((hit) => get(hit, '_source'));
  for (const [index, item] of [...hits, ...list(report, 'data', 'affected_items')].entries()) {
    const modern = isObject(get(item, 'vulnerability'));
    const id = modern ? str(item, 'vulnerability', 'id') : str(item, 'cve');
    const name = modern ? str(item, 'package', 'name') : str(item, 'name');
    const version = modern ? str(item, 'package', 'version') : str(item, 'version');
    const host = modern ? str(item, 'agent', 'name') : str(item, 'agent_name') || str(item, 'agent_ip');
    const target = builder.target({
      name: host || (modern ? '' : 'Wazuh'),
      kind: host ? 'host' : 'artefact',
      addresses: [str(item, 'agent_ip')],
      alive: true,
      credentialed: true,
    });
    if (target === undefined || id === '') {
      builder.problem(index + 1, target === undefined ? 'target.missing' : 'id.missing', name);
      continue;
    }
    const when = isoTime(modern ? str(item, 'vulnerability', 'detected_at') : str(item, 'detection_time'));
    if (when !== null && (builder.scannedAt === null || when > builder.scannedAt)) builder.scannedAt = when;
    const ecosystem = modern ? str(item, 'package', 'type') : '';
    builder.software({ target, name, version, ecosystem });
    const score = get(item, 'vulnerability', 'score');
    builder.finding({
      row: index + 1,
      target,
      place: packagePlace(ecosystem, name),
      rule: id,
      title: (modern ? '' : str(item, 'title')) || `${id} ${name}`,
      ids: [id],
      grades: {
        cvss3:
          numberOf(get(item, 'cvss3_score')) ||
          (/^[34]/.test(str(score, 'version')) ? numberOf(get(score, 'base')) : undefined),
        cvss2: numberOf(get(item, 'cvss2_score')) || undefined,
        tool: gradeOfWord(modern ? str(item, 'vulnerability', 'severity') : str(item, 'severity')),
      },
      confidence: 'version',
      evidence: modern ? str(item, 'vulnerability', 'description') : str(item, 'condition'),
      installedVersion: version,
      fixedVersion: clean(/less than (\S+)/i.exec(str(item, 'condition'))?.[1] ?? '', 120),
    });
  }
  // Pages of an answer, or what somebody asked the index for.
  builder.partial = true;
}

export { artefact, scoresOf };
