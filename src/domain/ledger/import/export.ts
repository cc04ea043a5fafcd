import { type CellValue, writeCsv, writeXlsx } from 'hucre';
import { ASSET_FIELDS, type AssetFacts } from '../asset.ts';

/** Headings of the template and the export, which the import recognises again. */
export const HEADINGS: Readonly<Record<keyof AssetFacts | 'unit', string>> = {
  unit: '所属单位',
  kind: '资产类型',
  name: '资产名称',
  code: '资产编号',
  state: '使用状态',
  importance: '重要程度',
  protectionLevel: '等保级别',
  filingNumber: '备案编号',
  criticalInfrastructure: '是否关键信息基础设施',
  dataGrade: '数据级别',
  supervisedBy: '主管单位',
  operatedBy: '运行单位',
  usedBy: '使用单位',
  responsiblePerson: '责任人',
  product: '品牌型号',
  location: '部署位置',
  remark: '备注',
  addresses: 'IP地址',
  hosts: '主机名',
  domains: '域名',
  segments: '网段',
};

const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  kind: { cloud: '云资源', network: '网络', endpoint: '终端', application: '应用系统', data: '数据' },
  state: { in_use: '在用', retired: '停用', written_off: '报废' },
  importance: { especially_important: '特别重要', important: '重要', general: '一般' },
  dataGrade: { core: '核心', important: '重要', general: '一般' },
};
const LEVELS = ['', '一级', '二级', '三级', '四级', '五级'];

/** A value as the sheet shows it and the import understands it. */
function cellOf(facts: AssetFacts, field: keyof AssetFacts): string {
  const value = facts[field];
  if (Array.isArray(value)) return value.join('; ');
  if (field === 'protectionLevel') return LEVELS[Number(value ?? 0)] ?? '';
  if (field === 'criticalInfrastructure') return value === true ? '是' : '否';
  return WORDS[field]?.[String(value)] ?? String(value ?? '');
}

/** What a spreadsheet program would run as a formula, kept as text by a leading apostrophe. */
const guarded = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

/** A value that an export of ours guarded, as it was. */
export const unguarded = (text: string): string => (/^'[=+\-@]/.test(text) ? text.slice(1) : text);

const EXPORT_FIELDS: readonly (keyof AssetFacts | 'unit')[] = ['unit', ...ASSET_FIELDS];

const rowsOf = (assets: readonly { readonly unit: string; readonly facts: AssetFacts }[]): CellValue[][] => [
  EXPORT_FIELDS.map((field) => HEADINGS[field]),
  ...assets.map(({ unit, facts }) =>
    EXPORT_FIELDS.map((field) => guarded(field === 'unit' ? unit : cellOf(facts, field))),
  ),
];

type Exported = readonly { readonly unit: string; readonly facts: AssetFacts }[];

/** The assets as an Excel file. Formulas in values stay text. */
export const exportXlsx = (assets: Exported): Promise<Uint8Array> =>
  writeXlsx({ sheets: [{ name: '资产', rows: rowsOf(assets), freezePane: { rows: 1 } }] });

/** The assets as CSV in UTF-8 with a byte order mark, which Chinese Excel needs. */
export const exportCsv = (assets: Exported): Uint8Array => Buffer.from(`\uFEFF${writeCsv(rowsOf(assets))}`, 'utf8');

const TEMPLATE_ROWS = 2000;
const EXPLANATIONS: readonly (readonly [keyof AssetFacts, string])[] = [
  ['name', '必填。一行一个资产。'],
  ['kind', '云资源、网络、终端、应用系统、数据，五选一；空着时按内容推定。'],
  ['code', '本单位自己的资产编号；有编号时以编号认定是否同一资产。'],
  ['protectionLevel', '一级至五级；未定级请空着。'],
  ['criticalInfrastructure', '是、否。'],
  ['importance', '特别重要、重要、一般。'],
  ['dataGrade', '仅数据资产：核心、重要、一般。'],
  ['addresses', '可写多个，用分号隔开。'],
  ['segments', '如 10.1.2.0/24。'],
  ['supervisedBy', '谁主管谁负责：主管单位全称。'],
  ['operatedBy', '谁运行谁负责：运行单位全称。'],
  ['usedBy', '谁使用谁负责：使用单位全称。'],
];

/** An empty sheet to fill in, with lists to choose from and an explanation of each column. */
export function template(): Promise<Uint8Array> {
  const fields = ASSET_FIELDS;
  const choices = Object.entries(WORDS).map(([field, words]) => {
    const column = String.fromCharCode(65 + fields.indexOf(field as keyof AssetFacts));
    return {
      type: 'list' as const,
      values: Object.values(words),
      range: `${column}2:${column}${TEMPLATE_ROWS}`,
      showErrorMessage: false,
    };
  });
  return writeXlsx({
    sheets: [
      {
        name: '资产',
        rows: [fields.map((field) => HEADINGS[field])],
        freezePane: { rows: 1 },
        dataValidations: choices,
      },
      { name: '填写说明', rows: EXPLANATIONS.map(([field, text]) => [HEADINGS[field], text]) },
    ],
  });
}
