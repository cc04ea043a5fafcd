import { type ObservationInput, observe } from '#domain/ledger/index.ts';
import type { ReportTarget, ScanReport } from '#engine/vulnerability/report.ts';
import type { Ctx } from '#platform/context.ts';
import type { ImportRow } from './store.ts';

/** The name of a tool as observations name their source. */
const sourceOf = (tool: string): string =>
  tool
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80) || 'scan';

const DOMAIN = /^[^\s/:]+\.[a-z\u0080-\uffff][^\s/:]*$/i;

/**
 * What a report saw of a target: a host by its addresses, names and cards, or a site of which it knows the domain only. An
 * image or a repository is no thing of the ledger, and a host that did not answer was not seen.
 */
function observationOf(
  target: ReportTarget,
  tool: string,
  at: Pick<ImportRow, 'unit_path' | 'scanned_at'>,
): ObservationInput[] {
  const { kind, key, name, addresses, hosts, macs, operatingSystem, alive } = target;
  if (kind !== 'host' || !alive) return [];
  const seen = { source: sourceOf(tool), unitPath: at.unit_path, seenAt: at.scanned_at };
  const record = key.toLowerCase();
  if (addresses.length === 0 && macs.length === 0 && DOMAIN.test(name))
    return [{ ...seen, nativeKey: `site/${record}`, class: 'site', facts: { designation: record } }];
  const facts = { addresses: [...addresses], hostNames: [...hosts], macs: [...macs], operatingSystem };
  return [{ ...seen, nativeKey: `host/${record}`, class: 'host', facts }];
}

/**
 * Tells the ledger which machines and sites a report saw, so that what only a scanner knows becomes known to all. Again the
 * same changes nothing but when they were seen.
 *
 * @param system the platform's own context
 */
export async function observeTargets(
  system: Ctx,
  row: Pick<ImportRow, 'unit_path' | 'scanned_at'>,
  report: Pick<ScanReport, 'targets' | 'tool'>,
): Promise<void> {
  await observe(
    system,
    report.targets.flatMap((target) => observationOf(target, report.tool, row)),
  );
}
