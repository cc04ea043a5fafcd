import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { faultsOf } from '#platform/input.ts';

/** The versioned tables that incidents rest on; each says where it comes from and how far it can be trusted. */
const FOLDER = join(import.meta.dirname, '../../../content/standards');

const GradeName = z.enum(['I', 'II', 'III', 'IV']);
const Named = z.strictObject({ id: z.string(), zh: z.string(), en: z.string() });
const Both = z.strictObject({ zh: z.string(), en: z.string() });
const Origin = { version: z.string(), source: z.string(), confidence: z.string() };
const BySeverity = z.strictObject({
  especially_severe: GradeName,
  severe: GradeName,
  considerable: GradeName,
  slight: GradeName,
});

const Grades = z.strictObject({
  ...Origin,
  standard: z.string(),
  grades: z.array(Named.extend({ id: GradeName, colour: z.string() })),
  importance: z.array(Named),
  severity: z.array(Named),
  matrix: z.strictObject({ especially_important: BySeverity, important: BySeverity, general: BySeverity }),
});

const Criteria = z.strictObject({
  version: z.string(),
  standard: z.string(),
  source: z.string(),
  criteria: z.array(
    z.strictObject({
      fact: z.string(),
      unit: z.string(),
      zh: z.string(),
      en: z.string(),
      thresholds: z.array(z.strictObject({ grade: GradeName, atLeast: z.number(), confidence: z.string() })).min(1),
    }),
  ),
});

const LegalClocks = z.strictObject({
  ...Origin,
  duties: z.array(
    z.strictObject({
      id: z.string(),
      by: Both,
      to: Both,
      limitMinutes: z.number().int().positive(),
      fromGrade: GradeName,
      startsAt: z.string(),
      operator: z.enum(['critical', 'central', 'other', 'any']),
    }),
  ),
});

const Categories = z.strictObject({
  ...Origin,
  standard: z.string(),
  categories: z.array(Named.extend({ code: z.string(), subcategories: z.array(Named) })),
});

export interface IncidentStandards {
  readonly grades: z.output<typeof Grades>;
  readonly criteria: z.output<typeof Criteria>;
  readonly legalClocks: z.output<typeof LegalClocks>;
  readonly categories: z.output<typeof Categories>;
  /** What an incident remembers of the tables it was judged by. */
  readonly version: string;
}

function read<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
  if (result.success) return result.data;
  throw new Error(
    `${join(FOLDER, file)}: ${faultsOf(result.error)
      .map((fault) => `${fault.at}: ${fault.message}`)
      .join('; ')}`,
  );
}

let loaded: IncidentStandards | undefined;

/**
 * The tables in force, read once.
 * @throws Error naming the file and every fault in it
 */
export function incidentStandards(): IncidentStandards {
  if (loaded !== undefined) return loaded;
  const grades = read('grades/gbt20986.json', Grades);
  const criteria = read('grades/reporting-criteria.json', Criteria);
  const legalClocks = read('clocks/legal.json', LegalClocks);
  const categories = read('categories/gbt20986.json', Categories);
  const version = `grades@${grades.version}+criteria@${criteria.version}+legal@${legalClocks.version}`;
  loaded = { grades, criteria, legalClocks, categories, version };
  return loaded;
}

/** True for '' (not yet classified), a category and a sub-category. */
export function isCategory(id: string): boolean {
  return (
    id === '' ||
    incidentStandards().categories.categories.some(
      (category) => category.id === id || category.subcategories.some((sub) => sub.id === id),
    )
  );
}

/** Names of a category or sub-category; undefined when the tables in force have none of this id. */
export function categoryTitle(id: string): { readonly zh: string; readonly en: string } | undefined {
  const all = incidentStandards().categories.categories.flatMap((category) => [category, ...category.subcategories]);
  return all.find((entry) => entry.id === id);
}
