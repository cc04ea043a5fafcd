import { ASSET_FIELDS, type AssetFacts } from '../asset.ts';
import type { Attribute } from '../model/attribute.ts';
import { ATTRIBUTES } from '../model/attributes.ts';

type BaseMeaning = Exclude<keyof AssetFacts, 'attributes'> | 'unit';

/** What a column of a sheet can mean: a field of the asset, an attribute, the unit it belongs to, or nothing. */
export type ColumnMeaning = BaseMeaning | `attributes.${string}` | '';

const ATTRIBUTE_PREFIX = 'attributes.';

/** The key of the attribute that a column means; undefined when it means something else. */
export const attributeKeyOf = (meaning: string): string | undefined =>
  meaning.startsWith(ATTRIBUTE_PREFIX) ? meaning.slice(ATTRIBUTE_PREFIX.length) : undefined;

/** Whether a text is a meaning that a column can have, `known` being the attributes of this ledger. */
export const isMeaning = (text: string, known: ReadonlyMap<string, Attribute>): text is ColumnMeaning => {
  const key = attributeKeyOf(text);
  if (key !== undefined) return known.has(key);
  return text === '' || text === 'unit' || (ASSET_FIELDS as readonly string[]).includes(text);
};

/** Headings by which a column is recognised, in the form of `plainHeading`; the first list that fits wins. */
const HEADINGS: readonly (readonly [BaseMeaning, readonly string[]])[] = [
  [
    'name',
    [
      '资产名称',
      '名称',
      '系统名称',
      '信息系统名称',
      '设备名称',
      '应用名称',
      '数据名称',
      '数据资源名称',
      'name',
      'assetname',
    ],
  ],
  ['class', ['资产类型', '类型', '资产类别', '类别', '资产分类', '分类', '设备类型', 'class', 'type', 'assettype']],
  ['kind', ['资产大类', '大类', '五类', '云网端应用数据', 'kind']],
  ['code', ['资产编号', '资产编码', '编号', '编码', '固定资产编号', '资产号', 'assetno', 'code', 'assetcode']],
  ['state', ['状态', '使用状态', '资产状态', '运行状态', 'state', 'status']],
  ['importance', ['重要程度', '重要性', '重要级别', '重要等级', 'importance']],
  [
    'protectionLevel',
    [
      '等保级别',
      '等保等级',
      '等级保护级别',
      '等级保护',
      '安全保护等级',
      '定级',
      '定级级别',
      '等保',
      'protectionlevel',
      'mlpslevel',
    ],
  ],
  ['filingNumber', ['备案号', '备案编号', '等保备案号', '备案证明编号', '等保备案编号', 'filingnumber']],
  [
    'criticalInfrastructure',
    [
      '关基',
      '是否关基',
      '关键信息基础设施',
      '是否关键信息基础设施',
      '是否为关键信息基础设施',
      'cii',
      'criticalinfrastructure',
    ],
  ],
  ['dataGrade', ['数据级别', '数据分级', '数据等级', '数据安全级别', 'datagrade']],
  ['supervisedBy', ['主管单位', '主管部门', '谁主管', '业务主管单位', 'supervisedby']],
  ['operatedBy', ['运行单位', '运维单位', '运营单位', '运行维护单位', '谁运行', '建设运维单位', 'operatedby']],
  ['usedBy', ['使用单位', '使用部门', '谁使用', 'usedby']],
  [
    'responsiblePerson',
    [
      '责任人',
      '负责人',
      '安全责任人',
      '资产责任人',
      '管理员',
      '管理人',
      '联系人',
      'owner',
      'responsibleperson',
      'contact',
    ],
  ],
  ['product', ['品牌型号', '型号', '产品型号', '规格型号', '产品', '厂商型号', 'product', 'model']],
  ['location', ['位置', '部署位置', '物理位置', '存放地点', '存放位置', '机房', '地点', '所在机房', 'location']],
  ['remark', ['备注', '说明', '描述', 'remark', 'remarks', 'note', 'description']],
  [
    'addresses',
    [
      'ip',
      'ip地址',
      '内网ip',
      '外网ip',
      '互联网ip',
      '公网ip',
      '内网地址',
      '外网地址',
      '内网ip地址',
      '外网ip地址',
      '管理ip',
      '主机ip',
      '服务器ip',
      '业务ip',
      'ipaddress',
      'address',
      'addresses',
    ],
  ],
  ['hosts', ['主机名', '主机名称', '计算机名', '计算机名称', '设备主机名', 'hostname', 'host', 'hosts']],
  ['domains', ['域名', '网址', 'url', '访问地址', '系统网址', '网站域名', '互联网域名', 'domain', 'domains']],
  ['segments', ['网段', 'ip段', 'ip地址段', '地址段', 'segment', 'segments', 'cidr', 'subnet']],
  ['unit', ['所属单位', '单位', '单位名称', '归属单位', '责任单位', 'unit', 'organization', 'organisation']],
];

/** Headings that mean different things in different sheets: what the column holds decides. */
const AMBIGUOUS: ReadonlySet<string> = new Set(['地址', '资产地址', '设备地址', '系统地址']);

export const isAmbiguous = (heading: string): boolean => AMBIGUOUS.has(plainHeading(heading));

const BASE: readonly (readonly [string, ColumnMeaning])[] = HEADINGS.flatMap(([meaning, names]) =>
  names.map((name) => [name, meaning] as const),
);

/** Fields that may stand in several columns (内网IP and 外网IP). */
const LISTS: ReadonlySet<ColumnMeaning> = new Set(['addresses', 'hosts', 'domains', 'segments']);

/** Whether a further column may have this meaning. */
export const isFree = (meaning: ColumnMeaning, taken: readonly ColumnMeaning[]): boolean =>
  LISTS.has(meaning) || !taken.includes(meaning);

/** Without marks, spaces, brackets with explanations, and case: `*IP 地址（必填）` → `ip地址`. */
const plainHeading = (heading: string): string =>
  heading
    .normalize('NFKC')
    .replace(/\([^()]*\)|\[[^[\]]*\]/g, '')
    .replace(/[\s*:：_\-/·、]/g, '')
    .toLowerCase();

/** Headings of attributes: the key, the title in both languages and the other words for it. */
const headingsOf = (attribute: Attribute): (readonly [string, ColumnMeaning])[] =>
  [attribute.key, attribute.title.zh, attribute.title.en, ...(attribute.headings ?? [])].map(
    (name) => [plainHeading(name), `attributes.${attribute.key}`] as const,
  );

const BUILT_IN: readonly (readonly [string, ColumnMeaning])[] = [...ATTRIBUTES.values()].flatMap(headingsOf);

/**
 * The meaning of each column by its heading; a second column of the same single-valued meaning gets none.
 *
 * @param own the fields that centres added
 */
export function guessMapping(headings: readonly string[], own: readonly Attribute[] = []): ColumnMeaning[] {
  const byHeading = new Map([...BUILT_IN, ...own.flatMap(headingsOf), ...BASE]);
  const taken = new Set<ColumnMeaning>();
  return headings.map((heading) => {
    const meaning = byHeading.get(plainHeading(heading)) ?? '';
    if (meaning === '' || (taken.has(meaning) && !LISTS.has(meaning))) return '';
    taken.add(meaning);
    return meaning;
  });
}

/** Whether a single-valued meaning is given to two columns. @returns the doubled meanings */
export function doubledMeanings(mapping: readonly ColumnMeaning[]): ColumnMeaning[] {
  const single = mapping.filter((meaning) => meaning !== '' && !LISTS.has(meaning));
  return [...new Set(single.filter((meaning, index) => single.indexOf(meaning) !== index))];
}

/** How many rows at the top may be titles and notes before the headings. */
const HEADING_SEARCH_ROWS = 10;

/**
 * Which of the first rows holds the headings: the one with the most recognised columns, the first row where none has
 * any.
 *
 * @returns an index into `rows`
 */
export function headingRow(rows: readonly { readonly cells: readonly string[] }[]): number {
  let best = 0;
  let most = 0;
  for (const [index, { cells }] of rows.slice(0, HEADING_SEARCH_ROWS).entries()) {
    const known = guessMapping(cells).filter((meaning) => meaning !== '').length;
    if (known > most) {
      best = index;
      most = known;
    }
  }
  return best;
}
