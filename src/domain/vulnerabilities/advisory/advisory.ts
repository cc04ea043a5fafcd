import { z } from 'zod';

const Line = (max: number) => z.string().trim().max(max);

const Range = z.strictObject({
  introduced: Line(120).optional().describe('first affected version; absent: from the beginning'),
  fixed: Line(120).optional().describe('first version that is mended'),
  lastAffected: Line(120).optional().describe('last affected version, when no mended one is known'),
});

export const Product = z
  .strictObject({
    name: Line(200).default(''),
    cpe: Line(300).default(''),
    purl: Line(500).default(''),
    ecosystem: Line(40).toLowerCase().default('').describe('deb, rpm, npm, maven …; empty: any'),
    ranges: z.array(Range).max(50).default([]).describe('none: every version'),
  })
  .refine(
    ({ name, cpe, purl }) => name !== '' || cpe !== '' || purl !== '',
    'Name the product, its CPE or its package URL',
  );

/** What a person enters as an advisory. */
export const AdvisoryInput = z.strictObject({
  title: Line(200).min(4),
  ids: z.array(Line(60).toUpperCase()).max(50).default([]),
  grade: z.enum(['critical', 'high', 'medium', 'low']),
  summary: Line(4000).default(''),
  advice: Line(4000).default(''),
  products: z.array(Product).min(1).max(50),
});

export const ANSWERS = ['not_affected', 'fixed', 'at_risk'] as const;

/** How the comparison stands. Units in all = those told of + those asked. */
export const AdvisoryCounts = z.object({
  affected: z.number().int(),
  notAffected: z.number().int(),
  unknown: z.number().int(),
  blind: z.number().int().describe('assets whose software nobody listed, and on which the product was not seen'),
  units: z.number().int().describe('units that have assets'),
  asked: z.number().int().describe('units that were asked'),
});
export type AdvisoryCounts = z.output<typeof AdvisoryCounts>;

export const NO_COUNTS: AdvisoryCounts = { affected: 0, notAffected: 0, unknown: 0, blind: 0, units: 0, asked: 0 };

/** The job that compares an advisory with what is installed. */
export const MATCH_JOB = 'vulnerabilities.match';
