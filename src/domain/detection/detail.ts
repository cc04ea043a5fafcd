import { z } from 'zod';
import type { Db } from '#platform/postgres/database.ts';
import { fieldsNeverSeen, hoursOf, LedgerHour, readFields, readLedger, type Span } from './ledger.ts';
import { RuleItem, readFacts, viewOf } from './list.ts';
import type { Catalogue, RuleSummary } from './rule.ts';

const HITS_MAX = 50;
const LEDGER_HOURS = 24;
const FIELDS_HOURS = 24 * 30;
const HOUR_MS = 3_600_000;

const spanBefore = (now: Date, hours: number): Span => ({
  from: new Date(now.getTime() - hours * HOUR_MS),
  to: new Date(now.getTime() + HOUR_MS),
});

const Named = z.object({ id: z.string(), title: z.object({ zh: z.string(), en: z.string() }) });

export const RuleProblem = z.object({
  file: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  hint: z.string(),
});

export const RuleDetail = RuleItem.extend({
  description: z.object({ zh: z.string(), en: z.string() }),
  advice: z.object({ zh: z.string(), en: z.string() }),
  category: z.string().describe('proposed sub-category of GB/T 20986-2023, or empty'),
  license: z.string(),
  date: z.string(),
  modified: z.string(),
  references: z.array(z.string()),
  tags: z.array(z.string()),
  falsePositives: z.array(z.object({ zh: z.string().describe('empty for rules of others'), en: z.string() })),
  fieldsRead: z.array(z.string()),
  text: z.string().describe('YAML'),
  problems: z.array(RuleProblem),
  parts: z.array(Named).describe('rules that a correlation counts'),
  usedBy: z.array(Named).describe('correlations that count this rule'),
  change: z
    .object({ reason: z.string(), byName: z.string(), at: z.string() })
    .nullable()
    .describe('last switch on or off'),
  hits: z.array(
    z.object({
      id: z.string(),
      eventId: z.string(),
      eventAt: z.string(),
      foundAt: z.string(),
      unitPath: z.string(),
      host: z.string(),
      entity: z.object({ kind: z.string(), value: z.string() }),
      matched: z.array(z.object({ field: z.string(), value: z.string(), condition: z.string() })),
    }),
  ),
  ledger: z.array(LedgerHour).describe('the last 24 hours'),
  fieldsNeverSeen: z
    .array(z.string())
    .describe('fields it reads that no event of its log sources had in the last 30 days'),
});
type RuleDetailView = z.input<typeof RuleDetail>;

const namedOf = (rule: RuleSummary) => ({
  id: rule.id,
  title: { zh: rule.extra.title_zh || rule.title, en: rule.title },
});

/** In Chinese they stand in one text of our own rules, each in the place of the English one. */
function falsePositivesOf({ falsePositives, extra }: RuleSummary): { zh: string; en: string }[] {
  const chinese = (extra.falsepositives_zh ?? '').split('；');
  return falsePositives.map((en, index) => ({ zh: chinese[index] ?? '', en }));
}

/** Everything about one rule. */
export async function ruleDetail(db: Db, catalogue: Catalogue, rule: RuleSummary, now: Date): Promise<RuleDetailView> {
  const facts = await readFacts(db, now);
  const { extra } = rule;
  return {
    ...viewOf(catalogue, facts, rule),
    description: { zh: extra.description_zh || rule.description, en: rule.description },
    advice: { zh: extra.advice_zh ?? '', en: extra.advice_en ?? '' },
    category: extra.category ?? '',
    license: rule.license,
    date: rule.date,
    modified: rule.modified,
    references: [...rule.references],
    tags: [...rule.tags],
    falsePositives: falsePositivesOf(rule),
    fieldsRead: [...rule.fieldsRead],
    text: rule.text,
    problems: catalogue.problems.filter(({ file }) => file === rule.file).map((problem) => ({ ...problem })),
    parts: rule.parts.flatMap((id) => catalogue.rules.filter((part) => part.id === id).map(namedOf)),
    usedBy: catalogue.rules.filter(({ parts }) => parts.includes(rule.id)).map(namedOf),
    change: await lastChange(db, rule.id),
    hits: await recentHits(db, rule.id),
    ledger: hoursOf(await readLedger(db, spanBefore(now, LEDGER_HOURS), [rule.id]), catalogue, rule),
    fieldsNeverSeen: fieldsNeverSeen(await readFields(db), catalogue, rule, spanBefore(now, FIELDS_HOURS)),
  };
}

async function lastChange(db: Db, ruleId: string): Promise<RuleDetailView['change']> {
  const row = await db.selectFrom('detection_rule').selectAll().where('rule_id', '=', ruleId).executeTakeFirst();
  return row ? { reason: row.reason, byName: row.changed_by_name, at: row.changed_at.toISOString() } : null;
}

async function recentHits(db: Db, ruleId: string): Promise<RuleDetailView['hits']> {
  const rows = await db
    .selectFrom('detection')
    .selectAll()
    .where('rule_id', '=', ruleId)
    .orderBy('found_at', 'desc')
    .orderBy('id')
    .limit(HITS_MAX)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    eventId: row.event_id,
    eventAt: row.event_at.toISOString(),
    foundAt: row.found_at.toISOString(),
    unitPath: row.unit_path,
    host: row.host,
    entity: { kind: row.entity_kind, value: row.entity_value },
    matched: row.matched.map((match) => ({ ...match })),
  }));
}
