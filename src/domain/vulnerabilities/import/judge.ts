import type { AssetSummary } from '#domain/ledger/index.ts';
import { planTarget, type TargetPlan } from '#engine/vulnerability/plan.ts';
import type { ReportFinding, ScanReport } from '#engine/vulnerability/report.ts';
import type { Db } from '#platform/postgres/database.ts';
import { type ImportCounts, noTargetCounts, type TargetCounts } from './import.ts';
import { type FindingRow, findingsOn, knownOf, rekeyed } from './store.ts';
import { type ResolvedTarget, resolveTarget } from './targets.ts';

/** What an import is judged by. */
export interface Judging {
  readonly unitPath: string;
  readonly report: ScanReport;
  readonly scannedAt: Date;
  readonly partial: boolean;
  /** A person says that the report is complete. */
  readonly declared: boolean;
  readonly chosen: AssetSummary | undefined;
}

export interface JudgedTarget {
  /** Targets of the report that are this one. */
  readonly names: readonly string[];
  readonly resolved: ResolvedTarget;
  readonly plan: TargetPlan;
}

/** Findings of a report by their target. */
const findingsByTarget = (report: ScanReport): Map<string, ReportFinding[]> =>
  Map.groupBy(report.findings, ({ target }) => target);

/** Ports at which the report shows something, by target. */
const portsShown = (report: ScanReport): Map<string, string[]> =>
  new Map(
    [...Map.groupBy(report.services, ({ target }) => target)].map(([target, services]) => [
      target,
      services.map(({ transport, port }) => `${transport}/${port}`),
    ]),
  );

/** The ports that were tried on any of the targets; '' as soon as one does not say. */
function portsOf(same: readonly ResolvedTarget[]): string {
  const ports = [...new Set(same.map(({ target }) => target.ports))];
  return ports.includes('') ? '' : (ports.find((one) => /^[a-z]+$/.test(one) && one !== 'none') ?? ports.join(','));
}

/**
 * What the report changes on these targets, as the record stands now. Targets that turn out to be the same asset (two
 * addresses of one host) are judged together, or the second would seem to lack what the first one shows.
 */
export async function judgeTargets(
  db: Db,
  judging: Judging,
  targets: ScanReport['targets'] = judging.report.targets,
): Promise<JudgedTarget[]> {
  const { report, unitPath, chosen } = judging;
  const findings = findingsByTarget(report);
  const shown = portsShown(report);
  const resolved: ResolvedTarget[] = [];
  for (const target of targets) resolved.push(await resolveTarget(db, unitPath, target, chosen));
  const keys = resolved.flatMap(({ key, hostKey }) => [key, hostKey]);
  const known = Map.groupBy(await findingsOn(db, [...new Set(keys)], report.tool), (row) => row.target_key);
  const rules = report.rules === null ? null : new Set(report.rules);
  const judged: JudgedTarget[] = [];
  for (const [key, same] of Map.groupBy(resolved, (one) => one.key)) {
    const [first] = same;
    if (first === undefined) continue;
    const target = {
      ...first.target,
      alive: same.some((one) => one.target.alive),
      credentialed: same.some((one) => one.target.credentialed === true) || first.target.credentialed,
      ports: portsOf(same),
    };
    const plan = planTarget({
      targetKey: key,
      tool: report.tool,
      coverage: {
        target,
        rules,
        partial: judging.partial,
        declared: judging.declared,
        shown: new Set(same.flatMap((one) => shown.get(one.target.key) ?? [])),
        scannedAt: judging.scannedAt,
      },
      findings: uniqueByPlace(same.flatMap((one) => findings.get(one.target.key) ?? [])),
      known: [...(known.get(key) ?? []).map(knownOf), ...adoptable(known.get(first.hostKey) ?? [], first)],
    });
    judged.push({ names: same.map((one) => one.target.key), resolved: { ...first, target }, plan });
  }
  return judged;
}

/** What is known of a host from before it was in the ledger, as it will be called once the asset has it. */
const adoptable = (rows: readonly FindingRow[], { key, hostKey }: ResolvedTarget) =>
  key === hostKey ? [] : rows.map((row) => ({ ...knownOf(row), key: rekeyed(row.finding_key, hostKey, key) }));

/** One finding for each identity: two addresses of one host may both show the same port. */
function uniqueByPlace(findings: readonly ReportFinding[]): ReportFinding[] {
  const seen = new Map<string, ReportFinding>();
  for (const finding of findings) {
    const { place, rule, title, ids } = finding;
    const key = JSON.stringify([place.kind, place.value, rule, title, ids]);
    if (!seen.has(key)) seen.set(key, finding);
  }
  return [...seen.values()];
}

export function countsOf({ findings, closed, kept, information }: TargetPlan): TargetCounts {
  const counts = noTargetCounts();
  for (const { verdict } of findings) counts[verdict] += 1;
  counts.close = closed.length;
  counts.kept = [...kept.values()].reduce((sum, one) => sum + one, 0);
  counts.information = information;
  return counts;
}

/** The sums over all targets. */
export function totals(judged: readonly JudgedTarget[], report: ScanReport): ImportCounts {
  const sum = noTargetCounts();
  const keptBy: Record<string, number> = {};
  for (const { plan } of judged) {
    const counts = countsOf(plan);
    for (const key of Object.keys(sum) as (keyof TargetCounts)[]) sum[key] += counts[key];
    for (const [why, count] of plan.kept) keptBy[why] = (keptBy[why] ?? 0) + count;
  }
  return {
    ...sum,
    keptBy,
    targets: judged.length,
    inLedger: judged.filter(({ resolved }) => resolved.assetId !== null).length,
    repeated: report.repeated,
    problems: report.problemCount,
    suppress: 0,
  };
}
