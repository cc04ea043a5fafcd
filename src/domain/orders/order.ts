import { z } from 'zod';

/** 通报, 处置单, 整改通知. */
export const ORDER_KINDS = ['notice', 'handling', 'rectification'] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

export type DeadlineCause = 'issue' | 'reassign' | 'extension' | 'suspension' | 'return' | 'reopen';

export const GRADES = ['I', 'II', 'III', 'IV'] as const;

/** One masked line of what was seen. */
export const Evidence = z.strictObject({
  at: z.iso.datetime(),
  title: z.string().trim().min(1).max(300),
  text: z.string().trim().max(2000),
});
export type EvidenceLine = z.output<typeof Evidence>;

const Title = z.string().trim().min(4, 'A title has at least 4 characters').max(120);
const Body = z.string().trim().min(10, 'Say in a sentence what happened and what is asked').max(8000);

/** What a person writes into a draft. */
export const DraftInput = z.strictObject({
  unitId: z.uuid(),
  kind: z.enum(ORDER_KINDS),
  grade: z.enum(GRADES),
  title: Title,
  body: Body,
  advice: z.string().trim().max(8000).default(''),
  evidence: z.array(Evidence).max(50).default([]),
  workingDays: z.number().int().min(1).max(180),
  authority: z.string().trim().min(4).max(120).optional(),
  authorityBasis: z.string().trim().min(4).max(500).optional(),
  incidentId: z.uuid().optional(),
  repeatOf: z.uuid().optional(),
});
export type DraftInput = z.output<typeof DraftInput>;

/** What may still be changed in a draft. */
export const DraftChange = z.object(
  DraftInput.omit({ unitId: true, incidentId: true, repeatOf: true, kind: true }).partial().shape,
);

export const Reason = z.string().trim().min(4, 'Give the reason in a few words').max(2000);

/** Attachments are bounded: an order's evidence is a report and some pictures, not a disk image. */
export const ATTACHMENT_BYTES_MAX = 20 * 1024 * 1024;
export const ATTACHMENTS_MAX = 30;

/** What may be attached, by the ending of the name: documents, tables, pictures, text, archives. Nothing that runs. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  wps: 'application/vnd.ms-works',
  ofd: 'application/ofd',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  txt: 'text/plain; charset=utf-8',
  log: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  zip: 'application/zip',
};

export const ATTACHMENT_ENDINGS = Object.keys(MEDIA_TYPES);

/** The media type an attachment is kept and sent with; undefined for a kind that is not accepted. */
export function mediaTypeOf(fileName: string): string | undefined {
  const ending = fileName.toLowerCase().split('.').at(-1) ?? '';
  return fileName.includes('.') && Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending] : undefined;
}

/** A file name without folders, control characters and over-length; never empty. */
export function cleanFileName(name: string): string {
  const bare = (name.split(/[\\/]/).at(-1) ?? '').replaceAll(/\p{Cc}|\p{Cf}/gu, '').trim();
  const letters = [...bare];
  return letters.length === 0 ? 'file' : letters.slice(-120).join('');
}

/** 发文字号 as official documents write it: `桂网安通〔2026〕12号`. */
export const documentNumber = (authorityCode: string, kindCode: string, year: number, serial: number): string =>
  `${authorityCode}${kindCode}〔${year}〕${serial}号`;
