import { isMap, isSeq, type YAMLMap } from 'yaml';
import type { FieldValue, LogSource } from '#engine/fields/event.ts';
import { checkKeys, nearest } from './keys.ts';
import type { Problem } from './problem.ts';
import { type Entry, entries, items, plainText, Source, scalar, type YamlValue } from './source.ts';

/** One event of a case: a raw line as a product sends it, or ready fields in Sigma's names. */
export interface CaseEvent {
  /** Kind of source that reads the line; '' leaves the choice to the content. */
  readonly source: string;
  /** `{n}` becomes the number of the repetition, from 1. */
  readonly text: string;
  /** Ready fields instead of a line. */
  readonly fields: Readonly<Record<string, FieldValue>> | undefined;
  /** Of ready fields; undefined = that of the file's first rule. */
  readonly logsource: LogSource | undefined;
  readonly repeat: number;
  /** Time between repetitions. */
  readonly everySeconds: number;
  /** Time since the event before. */
  readonly afterSeconds: number;
}

/** Events that must make a rule fire, or must not. */
export interface RuleCase {
  readonly name: string;
  /** Line in the file of cases, from 1. */
  readonly line: number;
  /** True for a single line, which keeps the time it says; a sequence gets a clock of its own. */
  readonly single: boolean;
  readonly events: readonly CaseEvent[];
}

/** What a file `<rule>.test.yml` holds. */
export interface RuleCases {
  readonly hits: readonly RuleCase[];
  readonly misses: readonly RuleCase[];
  readonly problems: readonly Problem[];
}

const CASE_KEYS = ['name', 'source', 'line', 'fields', 'logsource', 'events'];
const EVENT_KEYS = ['source', 'line', 'fields', 'logsource', 'repeat', 'everySeconds', 'afterSeconds'];
const REPEAT_MAX = 2_000;
const DAY_SECONDS = 86_400;

type Members = ReadonlyMap<string, Entry>;

/** Reads one file of cases; `source` collects what is wrong. */
class CaseReader {
  private readonly source: Source;
  private readonly root: YAMLMap;

  constructor(source: Source, root: YAMLMap) {
    this.source = source;
    this.root = root;
  }

  list(key: 'hits' | 'misses', needed: boolean): RuleCase[] {
    const entry = entries(this.root, this.root).find((one) => one.key === key);
    if (!entry || !isSeq(entry.value) || entry.value.items.length === 0) {
      if (needed || entry)
        this.wrong(entry?.keyNode ?? this.root, `"${key}" must be a list of cases`, 'add "- name: …"');
      return [];
    }
    return items(this.root, entry.value).flatMap((node) => this.case(node) ?? []);
  }

  private wrong(node: YamlValue, message: string, hint: string): void {
    this.source.error('case.value', node, message, hint);
  }

  private members(map: YAMLMap, known: readonly string[]): Members {
    const all = entries(this.root, map);
    for (const { key, keyNode } of all) {
      if (known.includes(key)) continue;
      const meant = nearest(key, known);
      this.wrong(keyNode, `"${key}" means nothing here`, meant ? `write "${meant}"` : `known are ${known.join(', ')}`);
    }
    return new Map(all.map((entry) => [entry.key, entry]));
  }

  private case(node: YamlValue): RuleCase | undefined {
    if (!isMap(node)) {
      this.wrong(node, 'a case is a mapping', 'write "name:" and "line:", "fields:" or "events:"');
      return undefined;
    }
    const members = this.members(node, CASE_KEYS);
    const name = plainText(members.get('name')?.value) ?? '';
    if (name === '') this.wrong(node, 'a case needs a name', 'say in a few words what happens');
    const source = plainText(members.get('source')?.value) ?? '';
    const steps = members.get('events')?.value;
    const line = this.source.lineOf(node.range?.[0] ?? 0);
    if (!steps) return { name, line, single: true, events: [this.event(members, node, source)] };
    if (!isSeq(steps) || steps.items.length === 0) {
      this.wrong(steps, '"events" must be a list', 'write one event per "-"');
      return undefined;
    }
    const events = items(this.root, steps).flatMap((step) => {
      if (isMap(step)) return [this.event(this.members(step, EVENT_KEYS), step, source)];
      this.wrong(step, 'an event is a mapping', 'write "line:" or "fields:"');
      return [];
    });
    return { name, line, single: false, events };
  }

  private event(members: Members, node: YAMLMap, source: string): CaseEvent {
    const text = plainText(members.get('line')?.value);
    const fields = members.get('fields');
    if ((text === undefined) === (fields === undefined))
      this.wrong(node, 'an event has either a line or fields', 'write "line:" with the raw text, or "fields:"');
    return {
      source: plainText(members.get('source')?.value) ?? source,
      text: text ?? '',
      fields: fields ? this.fields(fields) : undefined,
      logsource: this.logsource(members.get('logsource')),
      repeat: this.number(members, 'repeat', 1, REPEAT_MAX, 1),
      everySeconds: this.number(members, 'everySeconds', 0, DAY_SECONDS, 1),
      afterSeconds: this.number(members, 'afterSeconds', 0, 31 * DAY_SECONDS, 1),
    };
  }

  private number(members: Members, key: string, min: number, max: number, usual: number): number {
    const entry = members.get(key);
    if (!entry) return usual;
    const value = scalar(entry.value);
    if (value?.type === 'number' && value.value >= min && value.value <= max) return value.value;
    this.wrong(entry.value ?? entry.keyNode, `"${key}" must be a number from ${min} to ${max}`, 'write for example 10');
    return usual;
  }

  private logsource(entry: Entry | undefined): LogSource | undefined {
    if (!entry) return undefined;
    if (!isMap(entry.value)) {
      this.wrong(entry.keyNode, '"logsource" is no mapping', 'name product, category or service');
      return undefined;
    }
    const parts = new Map(entries(this.root, entry.value).map(({ key, value }) => [key, plainText(value) ?? '']));
    const part = (key: string): string => (parts.get(key) ?? '').toLowerCase();
    return { product: part('product'), category: part('category'), service: part('service') };
  }

  /** Numbers and booleans are text, as everywhere; null leaves the field out. */
  private fields({ keyNode, value }: Entry): Record<string, FieldValue> {
    if (!isMap(value)) {
      this.wrong(keyNode, '"fields" is no mapping', 'write "Image: C:\\cmd.exe"');
      return {};
    }
    const found = entries(this.root, value).flatMap((field): [string, FieldValue][] => {
      if (isSeq(field.value)) {
        return [[field.key, items(this.root, field.value).flatMap((item) => plainText(item) ?? [])]];
      }
      const text = plainText(field.value);
      if (text !== undefined) return [[field.key, text]];
      if (isMap(field.value)) this.wrong(field.value, `"${field.key}" is a mapping`, 'write "a.b: value"');
      return [];
    });
    return Object.fromEntries(found);
  }
}

/**
 * Reads the cases beside a rule (`<rule>.test.yml`): `hits` and `misses`, each with a name and a `line`, `fields`, or a
 * sequence of `events`. Never throws: whatever is wrong is a problem with its place.
 */
export function parseCases(text: string, file: string): RuleCases {
  const source = new Source(text, file);
  const [first, second] = source.documents();
  if (second) source.error('case.value', second.root, 'cases are one document', 'remove "---"');
  if (!first) return { hits: [], misses: [], problems: source.problems };
  checkKeys(source, entries(first.root, first.root), ['hits', 'misses'], 'a file of cases', true);
  const reader = new CaseReader(source, first.root);
  return { hits: reader.list('hits', true), misses: reader.list('misses', false), problems: source.problems };
}
