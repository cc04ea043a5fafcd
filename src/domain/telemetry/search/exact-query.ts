import type { SecurityEvent } from '#engine/fields/event.ts';
import { writtenValue } from '#engine/search/complete.ts';
import { finds } from '#engine/search/evaluate.ts';
import { parseSearch } from '#engine/search/parse.ts';
import type { ENTITY_COLUMNS } from './saved.ts';

/**
 * The query for the events of one entity in one span: what the search asks, the entity, and when they were received.
 *
 * @param event one of them
 * @returns '' where the language cannot say it: the text is too long, or a value has signs that mean something
 */
export function exactQuery(
  query: string,
  entity: { readonly column: (typeof ENTITY_COLUMNS)[number]; readonly byHost: number; readonly entity: string },
  span: { readonly from: Date; readonly to: Date },
  event: SecurityEvent,
): string {
  const valueIs = (column: string) =>
    entity.entity === '' ? `not ${column}:*` : `${column}:${writtenValue(entity.entity)}`;
  const parts = [
    `(${query})`,
    ...(entity.byHost === 1 && entity.column !== 'host' ? [`not ${entity.column}:*`] : []),
    valueIs(entity.byHost === 1 ? 'host' : entity.column),
    `received:>=${span.from.toISOString()}`,
    `received:<${span.to.toISOString()}`,
  ];
  const exact = parts.join(' and ');
  const parsed = parseSearch(exact);
  return parsed.ok && finds(parsed.search, event) ? exact : '';
}
