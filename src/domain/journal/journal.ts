import { z } from 'zod';
import { listOf, Paging } from '#platform/http/paging.ts';

const text = z.string().trim().max(200);

/** Query part of the list of entries. */
export const JournalFilter = Paging.extend({
  actor: text.optional().describe('Identifier of who acted, or a part of the name'),
  action: text.optional().describe('Verb, for example order.issue'),
  objectType: text.optional(),
  objectId: text.optional(),
  unitPath: text.optional().describe('Entries of this unit and everything below it'),
  from: z.coerce.date().optional(),
  to: z.coerce.date().optional().describe('Not included'),
  order: z.enum(['asc', 'desc']).default('desc').describe('By sequence number'),
});
export type JournalFilter = z.output<typeof JournalFilter>;

const ObjectRef = z.object({ type: z.string(), id: z.string() });

/** An entry in answers. */
export const EntryView = z.object({
  seq: z.number().int().describe('Without gaps, from 0'),
  at: z.string(),
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  action: z.string(),
  object: ObjectRef.extend({ counter: z.number().int().describe('Counts the entries about this object from 1') }),
  unitPath: z.string(),
  side: z.string(),
  data: z.unknown().describe('The facts of the change'),
  related: z.unknown().describe('Other objects the change concerns'),
  requestId: z.string(),
  leafHash: z.string().describe('Hexadecimal'),
});
export const EntryList = listOf(EntryView);

export const Trail = listOf(
  EntryView.extend({ opens: z.boolean().describe('the object that the entry is about is in sight, too') }),
);

/** An entry with what proves that the latest checkpoint covers it. */
export const EntryDetail = z.object({
  entry: EntryView,
  proof: z
    .object({
      checkpoint: z.string().describe('Signed note (C2SP tlog-checkpoint)'),
      size: z.number().int().describe('Entries the checkpoint covers'),
      signedAt: z.string(),
      hashes: z.array(z.string()).describe('Inclusion proof of RFC 6962, from the leaf upwards, base64'),
      verifierKey: z.string(),
      holds: z.boolean().describe('False: the entry is not the one that was signed'),
    })
    .nullable()
    .describe('null: no checkpoint covers the entry yet'),
});

export const CheckpointList = listOf(
  z.object({ size: z.number().int(), signedAt: z.string(), text: z.string(), verifierKey: z.string() }),
);

/** Why an entry or the journal does not fit. */
const FAULT_REASONS = [
  'form',
  'content',
  'hash',
  'gap',
  'counter',
  'root',
  'signature',
  'checkpoint',
  'truncated',
  'surplus',
] as const;

/** The first thing that does not fit. */
export const JournalFault = z.object({
  reason: z.enum(FAULT_REASONS),
  seq: z.number().int().nullable().describe('The entry that does not fit, or the first that may not'),
  upTo: z.number().int().nullable().describe('The last entry that may be the one, where only a range is known'),
  message: z.string(),
});
export type JournalFault = z.output<typeof JournalFault>;

/** What a verification found. */
export const VerifyReport = z.object({
  ok: z.boolean(),
  fault: JournalFault.nullable(),
  size: z.number().int().describe('Entries examined'),
  withheld: z.number().int().describe('Of these: outside the scope of the export, known by their hash only'),
  checkpoints: z.number().int().describe('Checkpoints whose root and signature fit'),
  signedSize: z.number().int().describe('Entries covered by the last of them'),
  root: z.string().describe('Root over the examined entries, hexadecimal'),
  notes: z.array(z.string()).describe('What a reader must know to judge the result'),
});
export type VerifyReport = z.output<typeof VerifyReport>;
