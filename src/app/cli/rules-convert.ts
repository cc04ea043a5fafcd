import { parseArgs } from 'node:util';
import { type ConditionSql, logSourceSql, toSql } from '#engine/condition/sql.ts';
import { categoriesOf } from '#engine/sigma/logsource.ts';
import { formatProblem } from '#engine/sigma/problem.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import type { Io } from './command.ts';
import { loadRules, UsageError } from './rules-load.ts';

const quoted = (text: string): string => `'${text.replace(/[\\']/g, (letter) => `\\${letter}`)}'`;

/** The values in their places, to be pasted into a client. The platform itself binds them. */
const inlined = ({ text, params }: ConditionSql): string =>
  text.replace(/\{(\w+):String\}/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined ? whole : quoted(value);
  });

function ruleSql(rule: SigmaRule): string {
  const scope = inlined(logSourceSql(rule.logsource, categoriesOf(rule.logsource.category)));
  const title = rule.title.replace(/\s+/g, ' ');
  return [
    `-- ${title} (${rule.id})`,
    'SELECT event_id, time, host, source, unit_path FROM event',
    `WHERE ${scope} AND ${inlined(toSql(rule.condition))}`,
    'ORDER BY time;',
  ].join('\n');
}

/**
 * `tongan rules convert PATH… --to sql`: rules as ClickHouse SQL over the platform's table `event`.
 * @returns 0, or 1 when a rule could not be read or is a correlation
 * @throws UsageError
 */
export async function convertRules(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { to: { type: 'string', default: 'sql' }, 'time-zone': { type: 'string' } },
  });
  if (positionals.length === 0) throw new UsageError('name a file or folder of rules');
  if (values.to !== 'sql') throw new UsageError(`--to ${values.to}: only sql is known`);
  const { pack } = await loadRules(positionals, values['time-zone']);
  for (const rule of pack.rules) io.out(`${ruleSql(rule)}\n`);
  for (const problem of pack.problems) io.err(formatProblem(problem));
  for (const { file, line, title } of pack.correlations)
    io.err(`${file}:${line} "${title}" counts several events: it is no single query`);
  return pack.correlations.length > 0 || pack.problems.some(({ severity }) => severity === 'error') ? 1 : 0;
}
