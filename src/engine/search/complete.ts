import { COLUMN_FIELDS, columnOf } from '#engine/fields/aliases.ts';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import { namesOfColumns, resolveName } from './names.ts';
import { SEARCH_LIMITS, SearchFault } from './query.ts';
import { type Token, tokensOf } from './tokens.ts';

/** What somebody who types a query is about to write at its end. */
export type Place =
  /** A name of a field, or an operator where `afterOperand`. `length`: characters of it at the end of the text. */
  | { readonly kind: 'name'; readonly typed: string; readonly length: number; readonly afterOperand: boolean }
  /** A value of the field `name`; `length` counts an opening quote as well. */
  | { readonly kind: 'value'; readonly name: string; readonly typed: string; readonly length: number }
  /** Nothing that could be proposed: a regular expression, a comparison, a finished text. */
  | { readonly kind: 'none' };

const NONE: Place = { kind: 'none' };
const COMPARISON = /^[<>]|\.\.|^\*$/;
const WORDS: ReadonlySet<Token['kind']> = new Set(['and', 'or', 'not']);

/** @param before the query up to the caret; what is wrong with it further ahead does not matter here */
export function placeOf(before: string): Place {
  if (before.length > SEARCH_LIMITS.length) return NONE;
  try {
    return placeAfter(before, tokensOf(before).slice(0, -1));
  } catch (error) {
    if (!(error instanceof SearchFault)) throw error;
    return error.problem.reason === 'quote' ? openQuote(before, error.problem.column) : NONE;
  }
}

function placeAfter(before: string, tokens: readonly Token[]): Place {
  const last = tokens.at(-1);
  if (last?.kind === 'text' && /(^|[\s(（])[-!！]$/u.test(before)) return placeOfWord('', [], 0);
  const word = last === undefined ? '' : wordAtEnd(before, last);
  if (last?.kind === 'regex' || (last?.kind === 'text' && last.quoted && !endsFree(before))) return NONE;
  return placeOfWord(word, word === '' ? tokens : tokens.slice(0, -1), word.length);
}

const endsFree = (before: string): boolean => /[\s，、()（）]$/u.test(before);

/** The bare word that the text ends with; empty after a blank, a bracket, a name with its colon or a quoted text. */
function wordAtEnd(before: string, last: Token): string {
  const isWord = WORDS.has(last.kind) || (last.kind === 'text' && !last.quoted);
  if (!isWord || endsFree(before)) return '';
  return Array.from(before)
    .slice(last.column - 1)
    .join('');
}

function placeOfWord(typed: string, before: readonly Token[], length: number): Place {
  const name = fieldAsked(before);
  if (name !== undefined) return COMPARISON.test(typed) ? NONE : { kind: 'value', name, typed, length };
  const last = before.at(-1)?.kind;
  const afterOperand = last === 'text' || last === 'regex' || last === 'close';
  return { kind: 'name', typed, length, afterOperand };
}

/** The field whose value comes next: `host:`, or `host:(a or ` with its bracket still open. */
function fieldAsked(tokens: readonly Token[]): string | undefined {
  const open: (string | undefined)[] = [];
  let pending: string | undefined;
  for (const token of tokens) {
    if (token.kind === 'open') open.push(pending);
    else if (token.kind === 'close') open.pop();
    pending = token.kind === 'field' ? token.name : undefined;
  }
  return pending ?? open.at(-1);
}

/** Inside a text whose quote is still open at `column`. */
function openQuote(before: string, column: number): Place {
  const chars = Array.from(before);
  const head = chars.slice(0, column - 1).join('');
  if (head.endsWith('~')) return NONE;
  const typed = chars.slice(column).join('');
  const name = fieldAsked(tokensOf(head).slice(0, -1));
  return name === undefined ? NONE : { kind: 'value', name, typed, length: before.length - head.length };
}

/** A name that may be written for a field. */
export interface ProposedName {
  readonly name: string;
  /** Column it is kept in; empty for a field that has none of its own. */
  readonly column: string;
}

const FREQUENT: readonly string[] = [
  'source',
  'host',
  'event_code',
  'user_name',
  'source_ip',
  'destination_ip',
  'destination_port',
  'process_executable',
  'process_command_line',
  'url_path',
  'http_status',
  'dns_question',
  'rule_name',
  'event_action',
  'unit_path',
];

/**
 * Names that contain what was typed, each column once under the name that fits best: whole, then beginning with it, then
 * containing it; among equals those that people ask for most.
 *
 * @param others names of fields that have no column
 */
export function proposeNames(typed: string, others: readonly string[]): ProposedName[] {
  const wanted = typed.toLowerCase();
  const columns = wanted === '' ? FREQUENT.map((column) => ({ name: column, column, rank: 0 })) : ranked(wanted);
  const rest = others
    .filter((name) => columnOf(name) === '')
    .map((name) => ({ name, column: '', rank: rankOf(name, wanted) }))
    .filter(({ rank }) => wanted !== '' && rank < MISSING);
  return [...columns, ...rest].sort(byRank).map(({ name, column }) => ({ name, column }));
}

interface Ranked extends ProposedName {
  readonly rank: number;
}

const MISSING = 9;

function rankOf(name: string, wanted: string): number {
  const at = name.toLowerCase().indexOf(wanted);
  if (at < 0) return MISSING;
  if (at > 0) return /[._]/.test(name[at - 1] ?? '') ? 2 : 3;
  return name.length === wanted.length ? 0 : 1;
}

function ranked(wanted: string): Ranked[] {
  return namesOfColumns().flatMap(({ column, names }) => {
    const [best] = names.map((name) => ({ name, column, rank: rankOf(name, wanted) })).sort(byRank);
    return best && best.rank < MISSING ? [best] : [];
  });
}

const frequency = (column: string): number => {
  const at = FREQUENT.indexOf(column);
  return at < 0 ? FREQUENT.length : at;
};

const byRank = (left: Ranked, right: Ranked): number =>
  left.rank - right.rank || frequency(left.column) - frequency(right.column);

const COUNTABLE: ReadonlySet<string> = new Set(['source', 'product', 'category', 'service', 'unit_path', 'source_id']);
const TYPED: ReadonlySet<string> = new Set(COLUMNS.map(({ column }) => column));

/** The column whose values can be counted for a name in a query; undefined for fields without a column. */
export function columnOfName(name: string): string | undefined {
  const target = resolveName(name);
  if ('fact' in target) return COUNTABLE.has(target.fact) ? target.fact : undefined;
  const column = columnOf(target.field);
  return TYPED.has(column) && COLUMN_FIELDS[column] !== undefined ? column : undefined;
}

const BARE = /^[\p{L}\p{N}_][\p{L}\p{N}_./@-]*$/u;

/** A value as a query reads it back: bare when nothing in it means anything, otherwise quoted. */
export const writtenValue = (value: string): string =>
  BARE.test(value) && !value.includes('..') && !/\/\d+$/.test(value) ? value : quotedValue(value);

/** Exactly this text: backslashes before a quote, or before the end, are doubled. */
const quotedValue = (value: string): string =>
  `"${value.replace(/(\\*)("|$)/g, (_, slashes: string, quote: string) => slashes + slashes + (quote && '\\"'))}"`;
