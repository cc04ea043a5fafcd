import { alertsSlice } from '#domain/alerts/index.ts';
import { detectionSlice } from '#domain/detection/index.ts';
import { dossierSlice } from '#domain/dossier/index.ts';
import { identitySlice } from '#domain/identity/index.ts';
import { incidentsSlice } from '#domain/incidents/index.ts';
import { journalSlice } from '#domain/journal/index.ts';
import { ledgerSlice } from '#domain/ledger/index.ts';
import { ordersSlice } from '#domain/orders/index.ts';
import { organizationsSlice } from '#domain/organizations/index.ts';
import { telemetrySlice } from '#domain/telemetry/index.ts';
import { viewsSlice } from '#domain/views/index.ts';
import { vulnerabilitiesSlice } from '#domain/vulnerabilities/index.ts';
import type { Service, Slice } from '#platform/slice.ts';

/**
 * The slices of the platform and what each may use of the others: read this file first.
 * `test/architecture.test.ts` refuses an import that is not listed here.
 */
interface Module {
  readonly slice: Slice;
  readonly uses: readonly string[];
}

export const modules: readonly Module[] = [
  { slice: organizationsSlice, uses: [] },
  { slice: identitySlice, uses: ['organizations'] },
  { slice: journalSlice, uses: [] },
  { slice: ledgerSlice, uses: ['organizations'] },
  { slice: telemetrySlice, uses: ['alerts', 'ledger', 'orders', 'organizations'] },
  { slice: alertsSlice, uses: ['identity', 'ledger', 'organizations'] },
  { slice: detectionSlice, uses: ['alerts', 'ledger', 'telemetry'] },
  { slice: incidentsSlice, uses: ['alerts', 'ledger', 'organizations'] },
  { slice: ordersSlice, uses: ['identity', 'incidents', 'organizations'] },
  { slice: vulnerabilitiesSlice, uses: ['ledger', 'orders', 'organizations'] },
  { slice: viewsSlice, uses: [] },
  { slice: dossierSlice, uses: ['alerts', 'incidents', 'ledger', 'orders', 'telemetry', 'vulnerabilities'] },
];

/** The services of all slices in the order they are started; they are stopped in the opposite order. */
export function servicesInOrder(): readonly Service[] {
  const all = modules.flatMap(({ slice }) => slice.services ?? []);
  return [...all.filter(({ brings }) => !brings), ...all.filter(({ brings }) => brings)];
}
