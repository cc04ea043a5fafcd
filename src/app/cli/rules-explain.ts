import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Outline } from '#engine/condition/outline.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { explainRule, type RuleExplanation } from '#engine/sigma/explain.ts';
import { describeLogSource } from '#engine/sigma/logsource.ts';
import { formatProblem } from '#engine/sigma/problem.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import type { Io } from './command.ts';
import { eachEvent, loadNormaliser, loadRules, UsageError } from './rules-load.ts';

/** Events of a file that are explained at most. */
const EVENTS_MAX = 100;
/** Alternatives of a long list that are shown where none was true. */
const ALTERNATIVES_SHOWN = 5;
const VALUE_SHOWN = 160;

const mark = (holds: boolean): string => (holds ? '✔' : '✘');

const quoted = (text: string): string =>
  JSON.stringify(text.length > VALUE_SHOWN ? `${text.slice(0, VALUE_SHOWN)}…` : text).replaceAll('\\\\', '\\');

/** `endswith \cmd.exe` with its text in quotes, so that blanks at its ends are seen. */
function asking(asked: string): string {
  const space = asked.indexOf(' ');
  return space < 0 ? asked : `${asked.slice(0, space)} ${quoted(asked.slice(space + 1))}`;
}

function describe({ asked, field, found, parts }: Outline): string {
  if (field === '') return parts.length > 0 || /^(?:always|never)$/.test(asked) ? asked : `anywhere ${asking(asked)}`;
  const there = found === undefined ? 'the field is missing' : `it is ${found.map(quoted).join(', ')}`;
  return `${field} ${asked === 'is missing' ? asked : asking(asked)} — ${there}`;
}

/** The lines of one part. Of a list of alternatives only those that decided it, or the first few. */
function draw(part: Outline, depth: number): string[] {
  const line = `${'  '.repeat(depth)}${mark(part.holds)} ${describe(part)}`;
  const isList = part.asked === 'any of';
  const deciding = part.parts.filter(({ holds }) => !isList || holds === part.holds);
  const shown = isList ? deciding.slice(0, ALTERNATIVES_SHOWN) : deciding;
  const left = part.parts.length - shown.length;
  const rest = left > 0 ? [`${'  '.repeat(depth + 1)}… ${left} more`] : [];
  return [line, ...shown.flatMap((inner) => draw(inner, depth + 1)), ...rest];
}

/** A named part; that all of it must hold goes without saying. */
const drawNamed = (title: string, part: Outline): string[] => [
  `  ${mark(part.holds)} ${title}`,
  ...(part.asked === 'all of' ? part.parts : [part]).flatMap((inner) => draw(inner, 2)),
];

/** The condition with a mark behind each name: `selection ✔ and not 1 of filter_* ✘`. */
function marked(condition: string, { selections }: RuleExplanation): string {
  const truth = new Map(selections.map(({ name, outline }) => [name, outline.holds]));
  return condition.replace(/[^\s()]+/g, (word) => {
    const holds = truth.get(word);
    return holds === undefined ? word : `${word} ${mark(holds)}`;
  });
}

function drawRule(rule: SigmaRule, event: SecurityEvent): string[] {
  const explained = explainRule(rule, event);
  const own = describeLogSource(event.logsource) || 'none';
  const lines = [`${explained.fires ? 'FIRES' : 'DOES NOT FIRE'}  ${rule.title}  (${rule.file}:${rule.line})`];
  lines.push(`  event from ${event.source}, log source ${own}${event.problem === '' ? '' : ` — ${event.problem}`}`);
  if (!explained.inScope)
    lines.push(`  ✘ the rule is about ${describeLogSource(rule.logsource)}: it is never asked of this event`);
  for (const condition of explained.conditions) lines.push(`  condition: ${marked(condition, explained)}`);
  for (const { name, outline } of explained.selections) lines.push(...drawNamed(name, outline));
  for (const { title, outline } of explained.filters) lines.push(...drawNamed(`global filter "${title}"`, outline));
  return lines;
}

async function readEvents(path: string, source: string): Promise<SecurityEvent[]> {
  if (!existsSync(path)) throw new UsageError(`${path}: no such file`);
  const { normalise } = await loadNormaliser();
  const events: SecurityEvent[] = [];
  await eachEvent(path, { normalise, source, most: EVENTS_MAX }, (event) => events.push(event));
  return events;
}

/**
 * `tongan rules explain RULE EVENT`: why rules fire on events of a file, or do not.
 * @returns 0 some rule fires on some event, 1 none does
 * @throws UsageError
 */
export async function explainRules(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      format: { type: 'string', default: 'text' },
      source: { type: 'string', default: '' },
      'time-zone': { type: 'string' },
    },
  });
  const [rulePath, eventPath] = positionals;
  if (rulePath === undefined || eventPath === undefined || positionals.length > 2)
    throw new UsageError('name a file of rules and a file of events');
  if (values.format !== 'text' && values.format !== 'json') throw new UsageError('--format is text or json');
  const { pack } = await loadRules([rulePath], values['time-zone']);
  for (const problem of pack.problems) io.err(formatProblem(problem));
  const events = await readEvents(eventPath, values.source);
  let fired = false;
  for (const event of events) {
    for (const rule of pack.rules) {
      const explained = explainRule(rule, event);
      fired ||= explained.fires;
      if (values.format === 'json') io.out(JSON.stringify({ event: event.id, rule: rule.id, ...explained }));
      else io.out([`event ${event.id}:`, ...drawRule(rule, event), ''].join('\n'));
    }
  }
  for (const { title } of pack.correlations)
    io.err(`"${title}" counts several events: its rules are explained, test it with "tongan rules test"`);
  return fired ? 0 : 1;
}
