import { sql } from 'kysely';
import { z } from 'zod';
import type { LogSource } from '#engine/fields/event.ts';
import { describeLogSource, inScope } from '#engine/sigma/logsource.ts';
import { LEVELS } from '#engine/sigma/rule.ts';
import { Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import type { Catalogue, RuleSummary } from './rule.ts';

const DAY_MS = 86_400_000;
/** A log source that was silent for longer counts as not there. */
const SEEN_DAYS = 30;

export const RuleQuery = Paging.extend({
  text: z.string().trim().max(200).optional().describe('in title, description, file, author, technique or id'),
  level: z.string().max(100).optional().describe('levels, separated by commas'),
  source: z.string().max(200).optional().describe('product, category or service'),
  kind: z.enum(['rule', 'correlation']).optional(),
  state: z.enum(['on', 'off']).optional(),
  fires: z.enum(['can', 'cannot', 'fired']).optional().describe('fired: in the last 24 hours'),
  own: z.enum(['yes', 'no']).optional().describe('yes: rules of our own pack only'),
  sort: z.enum(['hits', 'level', 'title']).default('hits'),
  order: z.enum(['asc', 'desc']).default('desc'),
});
export type RuleFilter = z.output<typeof RuleQuery>;

const CannotFireView = z.object({
  reason: z
    .enum(['no-source', 'no-field', 'not-seen'])
    .describe(
      'no-source: no known source delivers it; no-field: nobody fills its fields; not-seen: nothing has arrived',
    ),
  fields: z.array(z.string()),
});

export const RuleItem = z.object({
  id: z.string(),
  kind: z.enum(['rule', 'correlation']),
  title: z.object({ zh: z.string(), en: z.string() }),
  level: z.enum(LEVELS),
  status: z.string(),
  logsource: z.object({ product: z.string(), category: z.string(), service: z.string() }),
  techniques: z.array(z.string()),
  author: z.string(),
  file: z.string(),
  own: z.boolean().describe('of the built-in pack'),
  enabled: z.boolean(),
  silent: z.boolean().describe('raises no alert of its own: it feeds a correlation or only marks events'),
  hits24h: z.number().int(),
  cannotFire: CannotFireView.nullable(),
});
export type RuleView = z.input<typeof RuleItem>;

/** What the store knows about all rules: who is off, what fired, which log sources were seen. */
export interface RuleFacts {
  readonly off: ReadonlySet<string>;
  readonly hits: ReadonlyMap<string, number>;
  readonly seen: readonly LogSource[];
}

export async function readFacts(db: Db, now: Date): Promise<RuleFacts> {
  const off = await db.selectFrom('detection_rule').select('rule_id').where('enabled', '=', false).execute();
  const hits = await db
    .selectFrom('detection_rule_hour')
    .select(['rule_id', sql<string>`sum(hits)`.as('hits')])
    .where('hour_at', '>', new Date(now.getTime() - DAY_MS))
    .groupBy('rule_id')
    .execute();
  const seen = await db
    .selectFrom('detection_scope_hour')
    .select(['product', 'category', 'service'])
    .distinct()
    .where('hour_at', '>', new Date(now.getTime() - SEEN_DAYS * DAY_MS))
    .execute();
  return {
    off: new Set(off.map((row) => row.rule_id)),
    hits: new Map(hits.map((row) => [row.rule_id, Number(row.hits)])),
    seen,
  };
}

const isOwn = (rule: RuleSummary): boolean => rule.file.startsWith('content/');

/** Why a rule cannot fire here: nobody could deliver what it needs, or nothing of it has arrived. */
function cannotFire(catalogue: Catalogue, facts: RuleFacts, rule: RuleSummary): RuleView['cannotFire'] {
  if (rule.kind === 'correlation') {
    const parts = rule.parts.flatMap((id) => catalogue.rules.find((part) => part.id === id) ?? []);
    const blocked = parts.map((part) => cannotFire(catalogue, facts, part)).filter((reason) => reason !== null);
    return blocked.length > 0 && blocked.length === parts.length ? (blocked[0] ?? null) : null;
  }
  const known = catalogue.cannotFire[rule.id];
  if (known) return { reason: known.reason, fields: [...known.fields] };
  return facts.seen.some((source) => inScope(rule.logsource, source)) ? null : { reason: 'not-seen', fields: [] };
}

export function viewOf(catalogue: Catalogue, facts: RuleFacts, rule: RuleSummary): RuleView {
  return {
    id: rule.id,
    kind: rule.kind,
    title: { zh: rule.extra.title_zh || rule.title, en: rule.title },
    level: rule.level,
    status: rule.status,
    logsource: { ...rule.logsource },
    techniques: [...rule.techniques],
    author: rule.author,
    file: rule.file,
    own: isOwn(rule),
    enabled: !facts.off.has(rule.id),
    silent: rule.silent,
    hits24h: facts.hits.get(rule.id) ?? 0,
    cannotFire: cannotFire(catalogue, facts, rule),
  };
}

function textOf(rule: RuleSummary): string {
  const { title, description, file, author, id, extra, techniques } = rule;
  return [title, description, file, author, id, ...Object.values(extra), ...techniques].join('\n').toLowerCase();
}

function wanted(filter: RuleFilter, rule: RuleSummary, view: RuleView): boolean {
  const levels = filter.level?.split(',').filter(Boolean);
  if (levels && levels.length > 0 && !levels.includes(rule.level)) return false;
  if (filter.kind && rule.kind !== filter.kind) return false;
  if (filter.own && view.own !== (filter.own === 'yes')) return false;
  if (filter.state && view.enabled !== (filter.state === 'on')) return false;
  if (filter.fires === 'fired' && view.hits24h === 0) return false;
  if (filter.fires === 'can' && view.cannotFire) return false;
  if (filter.fires === 'cannot' && !view.cannotFire) return false;
  if (filter.source && !describeLogSource(rule.logsource).includes(filter.source.toLowerCase())) return false;
  return !filter.text || textOf(rule).includes(filter.text.toLowerCase());
}

/** Hits that people are told of: rules that only feed others would stand before all that matter. */
const alerting = (view: RuleView): number => (view.silent ? 0 : view.hits24h);

const rank = (view: RuleView): number => LEVELS.indexOf(view.level);

/** A page of the rules that are asked for. */
export function listRules(
  catalogue: Catalogue,
  facts: RuleFacts,
  filter: RuleFilter,
): { items: RuleView[]; total: number } {
  const views = catalogue.rules.flatMap((rule) => {
    const view = viewOf(catalogue, facts, rule);
    return wanted(filter, rule, view) ? [view] : [];
  });
  const direction = filter.order === 'asc' ? 1 : -1;
  const byTitle = (a: RuleView, b: RuleView): number => a.title.en.localeCompare(b.title.en, 'en');
  const own = (view: RuleView): number => (view.own ? 1 : 0);
  views.sort((a, b) => {
    if (filter.sort === 'title') return direction * byTitle(a, b);
    const first = filter.sort === 'hits' ? alerting(a) - alerting(b) : rank(a) - rank(b);
    return direction * first || own(b) - own(a) || rank(b) - rank(a) || byTitle(a, b);
  });
  const from = (filter.page - 1) * filter.pageSize;
  return { items: views.slice(from, from + filter.pageSize), total: views.length };
}
