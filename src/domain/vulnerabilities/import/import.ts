import { z } from 'zod';
import { SHEET_MEANINGS, type SheetMeaning } from '../read/sheet.ts';

/** What a person chooses when a report is uploaded. */
export const ImportOptions = z.strictObject({
  unitPath: z.string().max(300).optional().describe('path of the unit whose hosts these are; default: the own area'),
  assetId: z.uuid().optional().describe('the asset that an image, a repository or a bill of materials belongs to'),
  complete: z.boolean().default(false).describe('the file leaves out nothing of its hosts, so what it lacks is gone'),
  strict: z.boolean().default(false).describe('import nothing at all when a record cannot be read'),
  mapping: z.array(z.enum(SHEET_MEANINGS)).max(200).optional().describe('meaning of each column of a sheet'),
  scannedAt: z.iso.datetime({ offset: true }).optional().describe('when the scan ended, for files that do not say'),
});
export type ImportOptions = z.output<typeof ImportOptions>;

/** Headings of a sheet with what they were taken for. */
export interface SheetState {
  readonly headings: readonly string[];
  readonly mapping: readonly SheetMeaning[];
  /** Somebody of the unit chose this for a sheet with the same headings before. Absent in imports from before it was told. */
  readonly remembered?: boolean;
}

const Count = z.number().int();

/** What a report changes on one target. */
export const TargetCounts = z.object({
  create: Count,
  update: Count,
  same: Count,
  reopen: Count,
  close: Count,
  kept: Count.describe('open findings that the report does not show and does not prove gone'),
  information: Count.describe('records that are no weakness'),
});
export type TargetCounts = z.output<typeof TargetCounts>;

export const noTargetCounts = (): TargetCounts => ({
  create: 0,
  update: 0,
  same: 0,
  reopen: 0,
  close: 0,
  kept: 0,
  information: 0,
});

export const ImportCounts = TargetCounts.extend({
  targets: Count,
  inLedger: Count.describe('targets that are in the ledger'),
  repeated: Count.describe('records that said the same of the same place as another one'),
  problems: Count.describe('records that could not be read'),
  suppress: Count.describe('issues that a supplier says are none (VEX)'),
  keptBy: z.record(z.string(), Count).describe('why open findings were left open'),
});
export type ImportCounts = z.output<typeof ImportCounts>;

/** The job that takes an import back. */
export const UNDO_JOB = 'vulnerabilities.undo';

/** The job that writes an accepted report into the record. */
export const IMPORT_JOB = 'vulnerabilities.import';
