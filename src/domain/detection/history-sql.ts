import { ConditionPack, type ConditionSql, type Held, logSourceSql } from '#engine/condition/sql.ts';
import { columnOf } from '#engine/fields/aliases.ts';
import { categoriesOf } from '#engine/sigma/logsource.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { eventSql, rangeSql } from '#platform/eventstore/sql.ts';

/** The events that are looked at. */
export interface Past {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly unitPath: string;
}

/** Rules of one query. More cost more to understand than they save in reading. */
const PACK = 300;
/** A log source with so many rules gets queries of its own, which read only its events. */
const OWN_PACK_MIN = 20;

const sourceKey = ({ logsource: { product, category, service } }: SigmaRule): string =>
  [product, category, service].join('\n');

const ALL_HELD: Held = { restHas: () => true };

/** Shares rules out over queries: those of one log source together. */
export function packsOf(rules: readonly SigmaRule[]): SigmaRule[][] {
  const bySource = [...Map.groupBy(rules, sourceKey).values()];
  const large = bySource.filter((own) => own.length >= OWN_PACK_MIN);
  const small = bySource.filter((own) => own.length < OWN_PACK_MIN).flat();
  return [...large, small].flatMap((own) =>
    Array.from({ length: Math.ceil(own.length / PACK) }, (_, index) => own.slice(index * PACK, (index + 1) * PACK)),
  );
}

const scopeOf = (rule: SigmaRule, prefix: string): ConditionSql =>
  logSourceSql(rule.logsource, categoriesOf(rule.logsource.category), prefix);

const rangeOf = ({ fromMs, toMs }: Past): EventSql => rangeSql({ from: new Date(fromMs), to: new Date(toMs) });

/** The events of a past that are of any of the rules' log sources. */
function within(past: Past, rules: readonly SigmaRule[]) {
  const scopes = new Map(rules.map((rule, index) => [sourceKey(rule), scopeOf(rule, `s${index}_`)]));
  const range = rangeOf(past);
  const params: Record<string, unknown> = {
    ...range.params,
    ...(past.unitPath === '/' ? {} : { path: past.unitPath }),
  };
  for (const scope of scopes.values()) Object.assign(params, scope.params);
  const where = [
    range.text,
    ...(past.unitPath === '/' ? [] : ['startsWith(unit_path, {path:String})']),
    `(${[...scopes.values()].map(({ text }) => text).join(' OR ')})`,
  ];
  return { scopes, where, params };
}

/**
 * These events with what the rules' conditions are asked of.
 * @param columns further ones that the query selects
 * @param more conditions on the events
 */
function packed(past: Past, rules: readonly SigmaRule[], held: Held, columns: readonly string[] = [], more = '') {
  const { scopes, where, params } = within(past, rules);
  const pack = new ConditionPack(held);
  const sources = [...scopes.keys()];
  const truths = rules.map((rule) => {
    const condition = pack.write(rule.condition);
    // Where all rules have the same log source the events are of it.
    return sources.length > 1 ? `s${sources.indexOf(sourceKey(rule))} AND ${condition}` : condition;
  });
  const ofSource = sources.length > 1 ? Array.from(scopes.values(), ({ text }, index) => `${text} AS s${index}`) : [];
  const selected = [...new Set([...columns, ...pack.selected, ...ofSource])];
  const from = `(SELECT ${selected.join(', ')} FROM event WHERE ${[...where, ...(more ? [more] : [])].join(' AND ')})`;
  return { from, truths, where, params: { ...params, ...pack.params } };
}

/** When the first event was, 0 when there is none: spares going through an empty past part by part. */
export function firstSql(past: Past): EventSql {
  return eventSql`SELECT toString(min(time)) AS first, toUInt32(count()) AS events FROM event
    WHERE ${rangeOf(past)} AND startsWith(unit_path, ${past.unitPath})`;
}

/** `events`: how many are of the log source of any of the rules. */
export function lookedAtSql(past: Past, rules: readonly SigmaRule[]): EventSql {
  const { where, params } = within(past, rules);
  return { text: `SELECT count() AS events FROM event WHERE ${where.join(' AND ')}`, params };
}

/** How often each rule was true: columns n0, n1 … */
export function countsSql(past: Past, rules: readonly SigmaRule[], held: Held): EventSql {
  const { from, truths, params } = packed(past, rules, held);
  const counts = truths.map((truth, index) => `countIf(${truth}) AS n${index}`);
  return { text: `SELECT ${counts.join(', ')} FROM ${from}`, params };
}

/** The first events of which a rule is true, whole. */
export function hitsSql(past: Past, rule: SigmaRule, max: number, held: Held): EventSql {
  const { from, truths, where, params } = packed(past, [rule], held, ['time', 'event_id']);
  const first = `ORDER BY time, event_id LIMIT ${max}`;
  const ids = `SELECT event_id FROM ${from} WHERE ${truths.join('')} ${first}`;
  return { text: `SELECT *, raw FROM event WHERE ${where.join(' AND ')} AND event_id IN (${ids}) ${first}`, params };
}

/** Single events by id, whole; also those of the last millisecond. */
export const eventsSql = (past: Past, ids: readonly string[]): EventSql =>
  eventSql`SELECT *, raw FROM event WHERE ${rangeOf({ ...past, toMs: past.toMs + 1 })} AND event_id IN ${ids}`;

/** Where a page begins: after this event. */
export interface Place {
  readonly timeMs: number;
  readonly eventId: string;
}

/** Columns that every event is made of, and the place of all fields without a column. */
const BASE = ['event_id', 'time', 'received_at', 'source', 'product', 'category', 'service', 'unit_path', 'rest'];

/**
 * Events of which any of the rules is true, in order of time, with only the columns that hold `fields`: what
 * correlations are fed with. Columns m0, m1 … say which rules.
 */
export function pageSql(
  past: Past,
  rules: readonly SigmaRule[],
  fields: readonly string[],
  after: Place | undefined,
  max: number,
): EventSql {
  const place = "(time, event_id) > (fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC'), {after_id:String})";
  const columns = [...new Set([...BASE, ...fields.map(columnOf).filter((column) => column !== '')])];
  const { from, truths, params } = packed(past, rules, ALL_HELD, columns, after ? place : '');
  const marks = truths.map((truth, index) => `toUInt8(${truth}) AS m${index}`);
  const any = rules.map((_, index) => `m${index} = 1`).join(' OR ');
  const text = `SELECT ${[...columns, ...marks].join(', ')} FROM ${from} WHERE (${any}) ORDER BY time, event_id LIMIT ${max}`;
  return { text, params: after ? { ...params, after_ms: after.timeMs, after_id: after.eventId } : params };
}
