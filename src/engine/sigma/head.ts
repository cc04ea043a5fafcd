import { isMap, isSeq, type YAMLMap } from 'yaml';
import type { LogSource } from '#engine/fields/event.ts';
import { checkKeys, KEYS } from './keys.ts';
import { LEVELS, type Level, type RuleHead, STATUSES } from './rule.ts';
import { type Entry, entries, items, plainText, type Source } from './source.ts';

/** A document of a rule file with its members at hand. */
export interface DocumentNode {
  readonly root: YAMLMap;
  readonly members: ReadonlyMap<string, Entry>;
  readonly from: number;
  readonly to: number;
}

export function openDocument(document: { root: YAMLMap; from: number; to: number }): DocumentNode {
  const members = new Map(entries(document.root, document.root).map((entry) => [entry.key, entry]));
  return { ...document, members };
}

const text = (node: DocumentNode, key: string): string => plainText(node.members.get(key)?.value) ?? '';

function texts(source: Source, node: DocumentNode, key: string): string[] {
  const value = node.members.get(key)?.value;
  if (value === undefined || value === null) return [];
  const list = isSeq(value) ? items(node.root, value) : [value];
  return list.flatMap((item) => {
    const plain = plainText(item);
    if (plain !== undefined) return [plain];
    if (item) source.warn('rule.value', item, `"${key}" holds something that is no text`, 'write one text per line');
    return [];
  });
}

const isLevel = (word: string): word is Level => (LEVELS as readonly string[]).includes(word);

function level(source: Source, node: DocumentNode): Level {
  const word = text(node, 'level');
  if (isLevel(word)) return word;
  if (word !== '') {
    source.warn(
      'rule.value',
      node.members.get('level')?.value,
      `there is no level "${word}"`,
      `use one of ${LEVELS.join(', ')}`,
    );
  }
  return 'medium';
}

/** A day as Sigma 2.1 writes it (ISO 8601), or with the strokes of version 1; '' when there is none. */
function day(source: Source, node: DocumentNode, key: 'date' | 'modified'): string {
  const written = text(node, key);
  const parts = /^(\d{4})([-/])(\d{2})\2(\d{2})$/.exec(written);
  const iso = parts ? `${parts[1]}-${parts[3]}-${parts[4]}` : '';
  const atMs = Date.parse(iso);
  const isDay = !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(iso);
  if (written !== '' && !isDay)
    source.warn('rule.value', node.members.get(key)?.value, `"${written}" is no day`, 'write for example 2026-05-20');
  return written;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Section `tongan` of our own rules: texts only. Other rules have none. */
function readExtra(node: DocumentNode): Record<string, string> {
  const section = node.members.get('tongan')?.value;
  if (!isMap(section)) return {};
  const members = entries(node.root, section).map((entry) => [entry.key, plainText(entry.value) ?? ''] as const);
  return Object.fromEntries(members);
}

/** What the document says of itself. A rule without a usable id is known by its file and title. */
export function readHead(source: Source, node: DocumentNode): RuleHead {
  const title = text(node, 'title');
  if (title === '') source.error('rule.missing', node.root, 'a rule needs a title', 'add "title: …" as its first line');
  const id = text(node, 'id');
  if (id !== '' && !UUID.test(id)) {
    source.warn('rule.value', node.members.get('id')?.value, 'the id is not a UUID', 'make one with "uuidgen"');
  }
  const status = text(node, 'status');
  if (status !== '' && !(STATUSES as readonly string[]).includes(status)) {
    source.warn(
      'rule.value',
      node.members.get('status')?.value,
      `there is no status "${status}"`,
      `use one of ${STATUSES.join(', ')}`,
    );
  }
  return {
    id: id || `${source.file}#${title}`,
    name: text(node, 'name'),
    title,
    description: text(node, 'description'),
    author: text(node, 'author'),
    status,
    level: level(source, node),
    date: day(source, node, 'date'),
    modified: day(source, node, 'modified'),
    license: text(node, 'license'),
    references: texts(source, node, 'references'),
    tags: texts(source, node, 'tags'),
    falsePositives: texts(source, node, 'falsepositives'),
    fields: texts(source, node, 'fields'),
    extra: readExtra(node),
    file: source.file,
    line: source.lineOf(node.root.range?.[0] ?? node.from),
    text: source.text.slice(node.from, node.to).replace(/^---[^\n]*\n/, ''),
  };
}

/** The log source of a rule or filter; every part is optional, but one must be there. */
export function readLogSource(source: Source, node: DocumentNode): LogSource {
  const entry = node.members.get('logsource');
  const none: LogSource = { product: '', category: '', service: '' };
  if (!entry || !isMap(entry.value)) {
    source.error(
      'rule.missing',
      entry?.keyNode ?? node.root,
      'a rule needs a log source',
      'add "logsource:" with product, category or service',
    );
    return none;
  }
  const members = entries(node.root, entry.value);
  checkKeys(source, members, KEYS.logsource, 'a log source', true);
  const parts = new Map(members.map((part) => [part.key, part.value]));
  const part = (key: string): string => (plainText(parts.get(key)) ?? '').toLowerCase();
  const logsource: LogSource = { product: part('product'), category: part('category'), service: part('service') };
  if (!logsource.product && !logsource.category && !logsource.service) {
    source.error('rule.value', entry.value, 'the log source names nothing', 'name product, category or service');
  }
  return logsource;
}

/** A required member; its absence is a problem. */
export function required(source: Source, node: DocumentNode, key: string, hint: string): Entry | undefined {
  const entry = node.members.get(key);
  if (!entry) source.error('rule.missing', node.root, `"${key}" is missing`, hint);
  return entry;
}

/** A text list that may also be a single text. */
export const textList = texts;
