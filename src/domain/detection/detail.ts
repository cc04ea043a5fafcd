import { z } from 'zod';
import { inScope } from '#engine/sigma/logsource.ts';
import type { Db } from '#platform/postgres/database.ts';
import { RuleItem, readFacts, viewOf } from './list.ts';
import type { Catalogue, RuleSummary } from './rule.ts';

const HITS_MAX = 50;
const LEDGER_HOURS = 24;
const HOUR_MS = 3_600_000;

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
  falsePositives: z.array(z.string()),
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
  ledger: z
    .array(
      z.object({
        hourAt: z.string(),
        events: z.number().int().describe('events the rule was asked about'),
        errors: z.number().int(),
        hits: z.number().int(),
        suppressed: z.number().int(),
        cut: z.number().int().describe('hits counted but not kept one by one'),
        limits: z.number().int().describe('bounds of the correlation that were reached'),
      }),
    )
    .describe('the last 24 hours'),
});
type RuleDetailView = z.input<typeof RuleDetail>;

const namedOf = (rule: RuleSummary) => ({
  id: rule.id,
  title: { zh: rule.extra.title_zh || rule.title, en: rule.title },
});

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
    falsePositives: [...rule.falsePositives],
    fieldsRead: [...rule.fieldsRead],
    text: rule.text,
    problems: catalogue.problems.filter(({ file }) => file === rule.file).map((problem) => ({ ...problem })),
    parts: rule.parts.flatMap((id) => catalogue.rules.filter((part) => part.id === id).map(namedOf)),
    usedBy: catalogue.rules.filter(({ parts }) => parts.includes(rule.id)).map(namedOf),
    change: await lastChange(db, rule.id),
    hits: await recentHits(db, rule.id),
    ledger: await ledgerOf(db, catalogue, rule, now),
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

async function ledgerOf(db: Db, catalogue: Catalogue, rule: RuleSummary, now: Date): Promise<RuleDetailView['ledger']> {
  const since = new Date(now.getTime() - LEDGER_HOURS * HOUR_MS);
  const scopes = await db.selectFrom('detection_scope_hour').selectAll().where('hour_at', '>', since).execute();
  const own = await db
    .selectFrom('detection_rule_hour')
    .selectAll()
    .where('rule_id', '=', rule.id)
    .where('hour_at', '>', since)
    .execute();
  const asked = rule.kind === 'rule' ? [rule] : catalogue.rules.filter((part) => rule.parts.includes(part.id));
  const empty = { events: 0, errors: 0, hits: 0, suppressed: 0, cut: 0, limits: 0 };
  const hours = new Map<string, typeof empty>();
  for (const row of scopes) {
    if (!asked.some((part) => part.kind === 'rule' && inScope(part.logsource, row))) continue;
    const sums = hours.get(row.hour_at.toISOString()) ?? { ...empty };
    sums.events += Number(row.events);
    sums.errors += Number(row.errors);
    hours.set(row.hour_at.toISOString(), sums);
  }
  for (const row of own) {
    const sums = hours.get(row.hour_at.toISOString()) ?? { ...empty };
    const { hits, suppressed, cut, limits } = row;
    Object.assign(sums, {
      hits: Number(hits),
      suppressed: Number(suppressed),
      cut: Number(cut),
      limits: Number(limits),
    });
    hours.set(row.hour_at.toISOString(), sums);
  }
  return [...hours].sort(([a], [b]) => a.localeCompare(b)).map(([hourAt, sums]) => ({ hourAt, ...sums }));
}
