import { createHash } from 'node:crypto';
import type { Detection } from '#domain/alerts/index.ts';
import { valuesOf } from '#engine/condition/evaluate.ts';
import type { FieldValue, SecurityEvent } from '#engine/fields/event.ts';
import { columnText } from '#engine/fields/row.ts';
import type { CorrelationHit } from '#engine/sigma/correlator-part.ts';
import type { FoundHit } from './found.ts';
import type { RuleSummary } from './rule.ts';

type Entity = Detection['entity'];

/** Where each kind of entity is found in an event: columns of the field dictionary, the first one that is filled. */
const COLUMNS_OF: Readonly<Record<Entity['kind'], readonly string[]>> = {
  host: ['host'],
  user: ['target_user', 'user_name', 'subject_user'],
  address: ['source_ip', 'destination_ip'],
  caller: ['user_name', 'source_ip'],
};

/** Sources whose records are about a caller's address, not about the machine that wrote them. */
const ABOUT_ADDRESSES = new Set(['webserver', 'proxy', 'firewall', 'ids', 'dns', 'network_traffic', 'api']);

const ORDER: readonly Entity['kind'][] = ['host', 'address', 'user'];

const isKind = (word: string | undefined): word is Entity['kind'] =>
  word !== undefined && Object.hasOwn(COLUMNS_OF, word);

/** What a detection is about: what the rule says, else the caller for web and network records, else the host. */
function entityOf(rule: RuleSummary, event: SecurityEvent): Entity {
  const find = (kind: Entity['kind']): Entity | undefined => {
    const values = COLUMNS_OF[kind].map((column) => columnText(event.fields, column));
    const value = values.find((text) => text !== '');
    return value === undefined ? undefined : { kind, value };
  };
  const own = rule.extra.entity;
  const usual = ABOUT_ADDRESSES.has(event.logsource.category) ? 'address' : 'host';
  const wishes: Entity['kind'][] = [...(isKind(own) ? [own] : []), usual, ...ORDER];
  for (const kind of wishes) {
    const entity = find(kind);
    if (entity) return entity;
  }
  // Nothing in the record says whom it is about: its source is all there is.
  return { kind: 'host', value: event.source };
}

export const titleOf = (rule: Pick<RuleSummary, 'title' | 'extra'>): Detection['ruleTitle'] => ({
  zh: rule.extra.title_zh || rule.title,
  en: rule.title,
});

const idOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 40);

/** A hit of a rule on one event. The id comes from both, so that a replay gives the same one. */
export function detectionOf(
  rule: RuleSummary,
  event: SecurityEvent,
  { matched }: Pick<FoundHit, 'matched'>,
): Detection {
  return {
    id: idOf(rule.id, event.id),
    ruleId: rule.id,
    ruleTitle: titleOf(rule),
    level: rule.level,
    techniques: rule.techniques,
    tactics: rule.tactics,
    category: rule.extra.category ?? '',
    event,
    relatedEventIds: [],
    matched,
    entity: entityOf(rule, event),
    atMs: event.timeMs,
  };
}

/** A correlation that became true, shown by the event that completed it. */
export function correlationDetection(rule: RuleSummary, hit: CorrelationHit): Detection {
  const { event, group } = hit;
  const grouped: Record<string, FieldValue> = { ...event.fields };
  for (const [field, value] of Object.entries(group)) if (valuesOf(grouped[field]).length === 0) grouped[field] = value;
  const spanSeconds = Math.round((hit.atMs - hit.firstMs) / 1000);
  return {
    ...detectionOf(rule, event, { matched: [] }),
    id: idOf(rule.id, event.unitPath, ...Object.values(group), ...hit.eventIds),
    relatedEventIds: hit.eventIds.filter((id) => id !== event.id),
    matched: [
      ...Object.entries(group).map(([field, value]) => ({ field, value, condition: 'group-by' })),
      { field: '', value: String(hit.count), condition: `${hit.correlation.type} ${spanSeconds} s` },
    ],
    entity: entityOf(rule, { ...event, fields: grouped }),
    atMs: hit.atMs,
  };
}
