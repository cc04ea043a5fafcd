import { columnOf } from '#engine/fields/aliases.ts';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import type { Ctx } from '#platform/context.ts';
import { eventSql, joinSql, rawSql } from '#platform/eventstore/sql.ts';
import { loadSources, type Sources } from '../sources.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Events that are looked at for their fields: enough to know, and quick. */
const LOOKED_MAX = 50_000;
const REPEATS_MAX = 200_000;
const LIMITS = { timeoutMs: 10_000 };

const storedAs = (column: string): string => (column === 'message' ? 'message_text' : column);

/** Columns of the dictionary, each with the name it is stored under. */
const STORED = COLUMNS.map(({ column }) => storedAs(column));

/** Where the pieces of an original text are: what its template leaves out stands in columns. The ledger's are not of the text. */
const OF_TEXT = [
  'template',
  'rest',
  'time',
  ...COLUMNS.flatMap(({ column, ledger }) => (ledger ? [] : [storedAs(column)])),
];

/**
 * How the lines of a source were read: what they were taken for, by sender; which fields of the log sources its kinds
 * supply never came; how many texts came twice within the hour.
 */
export async function fillingOf(ctx: Ctx, sourceId: string) {
  const now = ctx.clock.now().getTime();
  const day = new Date(now - DAY_MS);
  const kinds = await ctx.events.query<{ kind: string; sender: string; events: string; problems: string }>(
    eventSql`SELECT source AS kind, sender, toString(count()) AS events, toString(countIf(problem != '')) AS problems
      FROM event WHERE source_id = ${sourceId} AND received_at >= ${day}
      GROUP BY source, sender ORDER BY count() DESC LIMIT 100`,
    { tag: 'sources.kinds', rowsMax: 100, ...LIMITS },
  );
  const counts = joinSql(
    STORED.map((column) => eventSql`toString(countIf(${rawSql(column)} != '')) AS ${rawSql(column)}`),
    ', ',
    '1',
  );
  const filled = await ctx.events.query<Record<string, string>>(
    eventSql`SELECT source AS kind, toString(count()) AS looked, arrayStringConcat(arraySlice(groupUniqArrayArray(5000)(
        if(rest = '', [], JSONExtractKeys(rest))), 1, 5000), '\n') AS others, ${counts}
      FROM (SELECT * FROM event WHERE source_id = ${sourceId} AND received_at >= ${day} LIMIT ${LOOKED_MAX})
      GROUP BY source LIMIT 50`,
    { tag: 'sources.fields', rowsMax: 50, ...LIMITS },
  );
  // While texts are read again an event has two rows.
  const [repeated] = await ctx.events.query<{ repeats: string }>(
    eventSql`SELECT toString(count() - uniqExact(text)) AS repeats FROM (
        SELECT cityHash64(${rawSql(OF_TEXT.join(', '))}) AS text FROM event
        WHERE source_id = ${sourceId} AND received_at >= ${new Date(now - HOUR_MS)} LIMIT 1 BY event_id LIMIT ${REPEATS_MAX})`,
    { tag: 'sources.repeats', rowsMax: 1, ...LIMITS },
  );
  const sources = await loadSources();
  return {
    kinds: kinds.map(({ kind, sender, events, problems }) => ({
      kind,
      sender,
      events: Number(events),
      problems: Number(problems),
    })),
    looked: filled.reduce((sum, row) => sum + Number(row.looked ?? 0), 0),
    fields: filled.flatMap((row) => neverOf(row, sources)),
    repeats: Number(repeated?.repeats ?? 0),
  };
}

/** Fields a kind says it can fill, parted by whether one event had them. A name without a column is looked for in `rest`. */
function neverOf(row: Readonly<Record<string, string>>, sources: Sources) {
  const kind = row.kind ?? '';
  const source = sources.get(kind);
  if (source === undefined) return [];
  const others = new Set((row.others ?? '').split('\n'));
  const came = (field: string): boolean => {
    const column = columnOf(field);
    if (others.has(field)) return true;
    if (column === '') return false;
    return column === 'message' || Number(row[column] ?? 0) > 0;
  };
  const named = [...new Set(source.supplies.flatMap(({ fields }) => fields))];
  const never = named.filter((field) => !came(field)).sort();
  return [{ kind, never, filled: named.length - never.length }];
}
