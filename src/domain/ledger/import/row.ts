import type { z } from 'zod';
import { unguarded } from '#platform/csv.ts';
import { ASSET_FIELDS, AssetInput, type DataGrade, type Importance } from '../asset.ts';
import { normaliseSegment } from '../keys.ts';
import { type Attribute, parseCell, schemaOf } from '../model/attribute.ts';
import { type AssetKind, classOfWord, settleClass } from '../model/classes.ts';
import type { AssetState } from '../model/lifecycle.ts';
import { attributeKeyOf, type ColumnMeaning } from './mapping.ts';

/** Why a row is not taken, or what was assumed. `reason` is a stable word, `detail` the value or the other row. */
export interface RowReason {
  readonly reason: string;
  readonly field: string;
  readonly detail: string;
}

type Said = z.output<typeof AssetInput>;

/** What a row says: only fields with a value. An empty cell says nothing, it deletes nothing. */
export interface RowRecord {
  readonly said: Partial<Said>;
  /** The unit named in the row, '' = none. */
  readonly unit: string;
}

export interface RowReading {
  readonly record: RowRecord;
  readonly faults: readonly RowReason[];
  /** Assumptions that do not keep the row out. */
  readonly notes: readonly RowReason[];
}

const plain = (text: string): string => text.normalize('NFKC').replace(/\s/g, '').toLowerCase();

function lookup<Value>(table: readonly (readonly [Value, RegExp])[], text: string): Value | undefined {
  return table.find(([, pattern]) => pattern.test(text))?.[0];
}

const KINDS: readonly (readonly [AssetKind, RegExp])[] = [
  ['cloud', /^(cloud|云|云资源|云主机)$/],
  ['data', /^(data|数据|数据资源)$/],
  ['application', /^(application|app|应用|应用系统)$/],
  ['network', /^(network|网|网络)$/],
  ['endpoint', /^(endpoint|端|终端)$/],
];

const STATES: readonly (readonly [AssetState, RegExp])[] = [
  ['confirmed', /^(confirmed|in_use|已确认|在用|使用中|使用|正常|运行|运行中|启用|在线|已上线)$/],
  ['to_claim', /^(to_claim|待认领)$/],
  ['discovered', /^(discovered|已发现)$/],
  ['changed', /^(changed|有变更)$/],
  ['retired', /^(retired|停用|闲置|下线|已下线|停机|离线|未使用)$/],
  ['written_off', /^(written_off|报废|已报废|注销|核销|已注销)$/],
];

const IMPORTANCE: readonly (readonly [Importance, RegExp])[] = [
  ['especially_important', /^(especially_important|特别重要|非常重要|核心|极重要)$/],
  ['important', /^(important|重要|高)$/],
  ['general', /^(general|一般|普通|中|低|不重要)$/],
];

const GRADES: readonly (readonly [DataGrade, RegExp])[] = [
  ['core', /^(core|核心|核心数据)$/],
  ['important', /^(important|重要|重要数据)$/],
  ['general', /^(general|一般|一般数据)$/],
];

const YES = /^(是|y|yes|true|1|√|✓|有)$/;
const NO = /^(否|n|no|false|0|×|x|无|不是)$/;

const LEVEL_WORDS: readonly (readonly [number, RegExp])[] = [
  [1, /^(第?[一1]级?|level1)(\(.*\))?$/],
  [2, /^(第?[二2]级?|level2|s\da\dg2|s\da2)(\(.*\))?$/],
  [3, /^(第?[三3]级?|level3|s\da\dg3|s\da3)(\(.*\))?$/],
  [4, /^(第?[四4]级?|level4|s\da\dg4|s\da4)(\(.*\))?$/],
  [5, /^(第?[五5]级?|level5)(\(.*\))?$/],
];
const UNGRADED = /^(未定级|无|未备案|不涉及|-|\/|—)$/;

const NOTHING = /^(-|—|\/|无|暂无|n\/a|null|none)$/i;

/** The words of one cell: commas, semicolons, spaces and line breaks part them. */
const words = (text: string): string[] =>
  text.split(/[\s,;，；、|]+/).filter((word) => word !== '' && !NOTHING.test(word));

type Fields = { -readonly [Key in keyof Said]?: Said[Key] };
type Reader = (said: Fields, text: string) => boolean;

/** Reads a word of a list of values; false when it is not one of them. */
const choice =
  <Key extends keyof Said>(field: Key, table: readonly (readonly [NonNullable<Said[Key]>, RegExp])[]): Reader =>
  (said, text) => {
    const value = lookup(table, plain(text));
    if (value !== undefined) said[field] = value;
    return value !== undefined;
  };

const READERS: Partial<Record<keyof Said, Reader>> = {
  class: (said, text) => {
    const kind = lookup(KINDS, plain(text));
    const found = classOfWord(plain(text));
    if (kind !== undefined) said.kind = kind;
    else if (found !== undefined) said.class = found;
    return kind !== undefined || found !== undefined;
  },
  kind: (said, text) => {
    const kind = lookup(KINDS, plain(text));
    const found = kind === undefined ? classOfWord(plain(text)) : undefined;
    if (kind !== undefined) said.kind = kind;
    else if (found !== undefined && said.class === undefined) said.class = found;
    return kind !== undefined || found !== undefined;
  },
  state: choice('state', STATES),
  importance: choice('importance', IMPORTANCE),
  dataGrade: choice('dataGrade', GRADES),
  protectionLevel: (said, text) => {
    if (UNGRADED.test(plain(text))) return true;
    const level = lookup(LEVEL_WORDS, plain(text));
    if (level !== undefined) said.protectionLevel = level;
    return level !== undefined;
  },
  criticalInfrastructure: (said, text) => {
    const yes = YES.test(plain(text));
    if (yes || NO.test(plain(text))) said.criticalInfrastructure = yes;
    return yes || NO.test(plain(text));
  },
  addresses: (said, text) => {
    for (const word of words(text)) {
      if (word.includes('/') && normaliseSegment(word) !== undefined) said.segments = [...(said.segments ?? []), word];
      else said.addresses = [...(said.addresses ?? []), word];
    }
    return true;
  },
  hosts: (said, text) => {
    said.hosts = [...(said.hosts ?? []), ...words(text)];
    return true;
  },
  domains: (said, text) => {
    said.domains = [...(said.domains ?? []), ...words(text)];
    return true;
  },
  segments: (said, text) => {
    said.segments = [...(said.segments ?? []), ...words(text)];
    return true;
  },
};

const TEXT_FIELDS = [
  'name',
  'code',
  'filingNumber',
  'supervisedBy',
  'operatedBy',
  'usedBy',
  'responsiblePerson',
  'product',
  'location',
  'remark',
] as const;
type TextField = (typeof TEXT_FIELDS)[number];
const isTextField = (field: string): field is TextField => TEXT_FIELDS.some((name) => name === field);

/**
 * What one row of a sheet says under a mapping. Never throws: everything wrong is a reason.
 *
 * @param known every attribute that a column may mean, by key
 */
export function readRow(
  cells: readonly string[],
  mapping: readonly ColumnMeaning[],
  known: ReadonlyMap<string, Attribute>,
): RowReading {
  const said: Fields = {};
  const faults: RowReason[] = [];
  const notes: RowReason[] = [];
  let unit = '';
  for (const [column, meaning] of mapping.entries()) {
    const text = unguarded(cells[column] ?? '')
      .replace(/[\p{Cc}]+/gu, ' ')
      .trim();
    if (meaning === '' || text === '') continue;
    const key = attributeKeyOf(meaning);
    if (meaning === 'unit') unit = text;
    else if (key !== undefined) faults.push(...readAttribute(said, known.get(key), key, text));
    else if (isTextField(meaning)) said[meaning] = text;
    else if (READERS[meaning as keyof Said]?.(said, text) === false)
      faults.push({ reason: 'value.unknown', field: meaning, detail: text.slice(0, 60) });
  }
  if (said.name === undefined) faults.push({ reason: 'name.missing', field: 'name', detail: '' });
  if (said.kind === undefined && said.class === undefined && !faults.some(({ field }) => CLASSING.has(field))) {
    const assumed = settleClass({}, { domains: said.domains ?? [], segments: said.segments ?? [] });
    said.class = assumed.class;
    notes.push({ reason: 'class.assumed', field: 'class', detail: assumed.class });
  }
  const checked = SaidInput.safeParse(said);
  if (checked.success) return { record: { said: onlySaid(said, checked.data), unit }, faults, notes };
  for (const issue of checked.error.issues) {
    const [field = '', place] = issue.path.map(String);
    faults.push({ reason: 'value.invalid', field, detail: wrongValue(said, field, place) ?? issue.message });
  }
  const name = said.name === undefined ? {} : { name: said.name.slice(0, NAME_SHOWN_MAX) };
  return { record: { said: name, unit }, faults, notes };
}

/** What a row may say. Made once: making a schema takes as long as checking a hundred rows. */
const SaidInput = AssetInput.partial();
const CLASSING: ReadonlySet<string> = new Set(['class', 'kind']);
const NAME_SHOWN_MAX = 200;
const DETAIL_MAX = 80;

/** Reads a cell of an attribute into what the row says. @returns why it cannot be read */
function readAttribute(said: Fields, attribute: Attribute | undefined, key: string, text: string): RowReason[] {
  if (NOTHING.test(text)) return [];
  const value = attribute && parseCell(attribute, text);
  if (attribute === undefined || value === undefined || !schemaOf(attribute).safeParse(value).success) {
    return [{ reason: 'value.unknown', field: `attributes.${key}`, detail: text.slice(0, 60) }];
  }
  said.attributes = { ...said.attributes, [key]: value };
  return [];
}

/** The word of a list that is wrong, as the person wrote it. */
function wrongValue(said: Fields, field: string, place: string | undefined): string | undefined {
  const list = Object.entries(said).find(([name]) => name === field)?.[1];
  return Array.isArray(list) && place !== undefined ? list[Number(place)]?.slice(0, DETAIL_MAX) : undefined;
}

/** The normalised values of the fields that the row itself gave, without the defaults of the schema. */
function onlySaid(said: Fields, normalised: { readonly [Key in keyof Said]?: Said[Key] | undefined }): Partial<Said> {
  return Object.fromEntries(
    ASSET_FIELDS.filter((field) => said[field] !== undefined).map((field) => [field, normalised[field]]),
  );
}
