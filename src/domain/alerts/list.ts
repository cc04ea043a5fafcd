import { sql } from 'kysely';
import { z } from 'zod';
import { namesAtPaths, type PlaceName } from '#domain/organizations/index.ts';
import { offsetOf, Paging } from '#platform/http/paging.ts';
import type { Db } from '#platform/postgres/database.ts';
import { ALERT_LEVELS, ENTITY_KINDS } from './detection-input.ts';
import type { AlertRow } from './store.ts';
import { ALERT_STATES, VERDICTS } from './workflow.ts';

/** One value or several, separated by commas. */
const listOfValues = <Value extends string>(values: readonly Value[]) =>
  z
    .string()
    .max(200)
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(z.enum(values as [Value, ...Value[]])).min(1));

export const AlertQuery = Paging.extend({
  state: listOfValues(ALERT_STATES).optional().describe('states, separated by commas'),
  level: listOfValues(ALERT_LEVELS).optional().describe('levels, separated by commas'),
  verdict: listOfValues(VERDICTS).optional(),
  rule: z.string().max(100).optional().describe('id of the rule'),
  unit: z.string().max(300).optional().describe('path: alerts of this unit or area'),
  technique: z.string().trim().max(20).optional().describe('ATT&CK technique with its sub-techniques: T1505'),
  assignee: z.string().max(60).optional().describe('id of a person, `me` or `none`'),
  asset: z.uuid().optional(),
  system: z.string().trim().max(200).optional().describe('information system: its id, or a part of its name'),
  incident: z.uuid().optional(),
  entity: z.string().trim().max(300).optional().describe('host, user or address of the alert'),
  text: z.string().trim().max(200).optional().describe('in title, entity, asset, system or rule id'),
  from: z.iso.datetime({ offset: true }).optional().describe('active at or after'),
  to: z.iso.datetime({ offset: true }).optional().describe('active before'),
  sort: z.enum(['activeAt', 'raisedAt', 'lastSeenAt', 'level', 'count']).default('activeAt'),
  order: z.enum(['asc', 'desc']).default('desc'),
});
export type AlertFilter = z.output<typeof AlertQuery>;

export const AlertItem = z.object({
  id: z.uuid(),
  title: z.object({ zh: z.string(), en: z.string() }),
  ruleId: z.string(),
  level: z.enum(ALERT_LEVELS),
  state: z.enum(ALERT_STATES),
  verdict: z.enum(['', ...VERDICTS]),
  entity: z.object({ kind: z.enum(ENTITY_KINDS), value: z.string() }),
  unit: z.object({ path: z.string(), name: z.string() }),
  asset: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  system: z.object({ id: z.uuid(), name: z.string() }).nullable().describe('information system of the asset'),
  techniques: z.array(z.string()),
  tactics: z.array(z.string()),
  category: z.string().describe('proposed sub-category of GB/T 20986-2023, or empty'),
  assignee: z.object({ id: z.string(), name: z.string() }).nullable(),
  count: z.number().int().describe('matches of the rule; of a scheduled search: events it found'),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  raisedAt: z.string(),
  activeAt: z.string().describe('when the platform last took in a detection of it'),
  incidentId: z.uuid().nullable(),
  foundInHistory: z.boolean().describe('opened by a rule that was run over stored events'),
});
type AlertView = z.input<typeof AlertItem>;

export function viewOf(row: AlertRow, names: ReadonlyMap<string, PlaceName>): AlertView {
  return {
    id: row.id,
    title: { zh: row.rule_title_zh, en: row.rule_title_en },
    ruleId: row.rule_id,
    level: row.level,
    state: row.state,
    verdict: row.verdict,
    entity: { kind: row.entity_kind, value: row.entity_value },
    unit: { path: row.unit_path, name: names.get(row.unit_path)?.name ?? '' },
    asset: row.asset_id === null ? null : { id: row.asset_id, name: row.asset_name },
    system: row.system_id === null ? null : { id: row.system_id, name: row.system_name },
    techniques: row.techniques,
    tactics: row.tactics,
    category: row.category,
    assignee: row.assignee_id === null ? null : { id: row.assignee_id, name: row.assignee_name },
    count: row.detection_count,
    firstSeenAt: row.first_seen_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    raisedAt: row.raised_at.toISOString(),
    activeAt: row.active_at.toISOString(),
    incidentId: row.incident_id,
    foundInHistory: row.found_in_history,
  };
}

/** Views of several rows with the names of their units. */
export async function viewsOf(db: Db, rows: readonly AlertRow[]): Promise<AlertView[]> {
  const names = await namesAtPaths(
    db,
    rows.map((row) => row.unit_path),
  );
  return rows.map((row) => viewOf(row, names));
}

const SORT_COLUMNS = {
  activeAt: 'active_at',
  raisedAt: 'raised_at',
  lastSeenAt: 'last_seen_at',
  level: 'level_rank',
  count: 'detection_count',
} as const;

const contains = (text: string): string => `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;

function matching(db: Db, filter: AlertFilter, me: string) {
  let query = db.selectFrom('alert');
  if (filter.state) query = query.where('state', 'in', filter.state);
  if (filter.level) query = query.where('level', 'in', filter.level);
  if (filter.verdict) query = query.where('verdict', 'in', filter.verdict);
  if (filter.rule) query = query.where('rule_id', '=', filter.rule);
  if (filter.unit) query = query.where(sql<boolean>`starts_with(unit_path, ${filter.unit})`);
  if (filter.technique)
    query = query.where(sql<boolean>`EXISTS (
      SELECT 1 FROM unnest(techniques) AS t WHERE starts_with(t, ${filter.technique.toUpperCase()}))`);
  if (filter.assignee === 'none') query = query.where('assignee_id', 'is', null);
  else if (filter.assignee) query = query.where('assignee_id', '=', filter.assignee === 'me' ? me : filter.assignee);
  if (filter.asset) query = query.where('asset_id', '=', filter.asset);
  if (filter.system) {
    query = z.uuid().safeParse(filter.system).success
      ? query.where('system_id', '=', filter.system)
      : query.where('system_name', 'ilike', contains(filter.system));
  }
  if (filter.incident) query = query.where('incident_id', '=', filter.incident);
  if (filter.from) query = query.where('active_at', '>=', new Date(filter.from));
  if (filter.to) query = query.where('active_at', '<', new Date(filter.to));
  if (filter.entity) {
    const value = filter.entity.toLowerCase();
    query = query.where(
      sql<boolean>`EXISTS (SELECT 1 FROM alert_entity e WHERE e.alert_id = alert.id AND e.value = ${value})`,
    );
  }
  if (filter.text) {
    const like = contains(filter.text);
    query = query.where(
      sql<boolean>`(rule_title_zh ILIKE ${like} OR rule_title_en ILIKE ${like} OR entity_value ILIKE ${like}
        OR asset_name ILIKE ${like} OR system_name ILIKE ${like} OR rule_id ILIKE ${like})`,
    );
  }
  return query;
}

/** One page of the alerts that fit. */
export async function listAlerts(db: Db, filter: AlertFilter, me: string) {
  const rows = await matching(db, filter, me)
    .selectAll()
    .orderBy(SORT_COLUMNS[filter.sort], filter.order)
    .orderBy('active_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.pageSize)
    .offset(offsetOf(filter))
    .execute();
  const { total } = await matching(db, filter, me)
    .select(sql<number>`count(*)::int`.as('total'))
    .executeTakeFirstOrThrow();
  return { items: await viewsOf(db, rows), total };
}
