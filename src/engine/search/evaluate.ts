import { evaluate, explain, type Match, valueTester } from '#engine/condition/evaluate.ts';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import { withoutNames } from '#engine/fields/template.ts';
import type { FactColumn, Search } from './query.ts';

/** What the platform itself knows of an event, by column. `source_id` and `encoding` are known to the store only. */
function factOf(event: SecurityEvent, column: FactColumn): string {
  switch (column) {
    case 'event_id':
      return event.id;
    case 'unit_path':
      return event.unitPath;
    case 'source_id':
    case 'encoding':
      return '';
    case 'searchable':
      return searchableText(event);
    case 'received_at':
      return String(event.receivedAtMs);
    case 'product':
    case 'category':
    case 'service':
      return event.logsource[column];
    default:
      return event[column];
  }
}

/** The store's column of the same name (event-table.ts), which says what free text looks at. */
function searchableText(event: SecurityEvent): string {
  const row = toRow(event);
  const columns = COLUMNS.map(({ column }) => (column === 'message' ? 'message_text' : column));
  // The names in a template are ours: nobody looks for them.
  const template = withoutNames(row.template ?? '');
  return [template, ...['rest', ...columns].map((column) => row[column] ?? '')].join('\n');
}

/** Whether an event is found by a search: its meaning without a store, against which the SQL is held. */
export function finds(search: Search | undefined, event: SecurityEvent): boolean {
  switch (search?.kind) {
    case undefined:
      return true;
    case 'and':
      return search.of.every((part) => finds(part, event));
    case 'or':
      return search.of.some((part) => finds(part, event));
    case 'not':
      return !finds(search.of, event);
    case 'condition':
      return evaluate(search.condition, event);
    case 'fact':
      return valueTester(search.test)(factOf(event, search.column));
  }
}
/** Which parts of a search that finds the event made it do so. Negated parts explain nothing and are left out. */
export function explainSearch(search: Search | undefined, event: SecurityEvent): Match[] {
  switch (search?.kind) {
    case 'and':
    case 'or':
      return search.of.filter((part) => finds(part, event)).flatMap((part) => explainSearch(part, event));
    case 'condition':
      return explain(search.condition, event);
    case 'fact': {
      const { column, test } = search;
      const asField = { ...event, fields: { [column]: factOf(event, column) } };
      return explain({ kind: 'field', field: column, test }, asField);
    }
    default:
      return [];
  }
}
