import { writeXlsx } from 'hucre';
import type { Sheet } from '#platform/sheet.ts';
import { ASSET_FIELDS, type AssetFacts } from '../asset.ts';
import { type Attribute, cellOf } from '../model/attribute.ts';
import { type AssetClass, attributesOf, definitionOf, SHARED_FIELDS } from '../model/classes.ts';
import { assetLifecycle } from '../model/lifecycle.ts';

type SheetField = Exclude<keyof AssetFacts, 'attributes'>;
const SHEET_FIELDS = ASSET_FIELDS.filter((field) => field !== 'attributes');

/** Headings of the template and the export, which the import recognises again. */
export const HEADINGS: Readonly<Record<SheetField | 'unit', string>> = {
  unit: '所属单位',
  class: '资产类型',
  kind: '资产大类',
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
  state: Object.fromEntries(Object.entries(assetLifecycle.states).map(([state, { title }]) => [state, title.zh])),
  importance: { especially_important: '特别重要', important: '重要', general: '一般' },
  dataGrade: { core: '核心', important: '重要', general: '一般' },
};
const LEVELS = ['', '一级', '二级', '三级', '四级', '五级'];

/** A value as the sheet shows it and the import understands it. */
function fieldCell(facts: AssetFacts, field: SheetField): string {
  const value = facts[field];
  if (Array.isArray(value)) return value.join('; ');
  if (field === 'class') return definitionOf(facts.class).title.zh;
  if (field === 'protectionLevel') return LEVELS[Number(value ?? 0)] ?? '';
  if (field === 'criticalInfrastructure') return value === true ? '是' : '否';
  return WORDS[field]?.[String(value)] ?? String(value ?? '');
}

export interface ExportedAsset {
  readonly unit: string;
  readonly facts: AssetFacts;
}

interface Exported {
  readonly assets: AsyncIterable<ExportedAsset> | Iterable<ExportedAsset>;
  /** The attributes that the assets have, each a column. */
  readonly attributes: readonly Attribute[];
}

/** The assets as a sheet in the form that the import takes. */
export const assetSheet = ({ assets, attributes }: Exported): Sheet<ExportedAsset> => ({
  name: '资产',
  headings: [
    HEADINGS.unit,
    ...SHEET_FIELDS.map((field) => HEADINGS[field]),
    ...attributes.map(({ title }) => title.zh),
  ],
  cells: ({ unit, facts }) => [
    unit,
    ...SHEET_FIELDS.map((field) => fieldCell(facts, field)),
    ...attributes.map((attribute) => cellOf(attribute, facts.attributes[attribute.key])),
  ],
  record: ({ unit, facts }) => ({ unit, ...facts }),
  rows: assets,
});

const TEMPLATE_ROWS = 2000;
const EXPLANATIONS: Readonly<Partial<Record<SheetField | 'unit', string>>> = {
  unit: '中心汇总多个单位时填写单位全称；本单位自己导入时可不填。',
  name: '必填。一行一个资产。',
  class: '资产类型，如信息系统、主机、终端；空着时按内容推定。',
  code: '本单位自己的资产编号；有编号时以编号认定是否同一资产。',
  state: '空着时：本单位填报的为已确认，中心代填的为待认领。',
  protectionLevel: '一级至五级；未定级请空着。',
  criticalInfrastructure: '是、否。',
  importance: '特别重要、重要、一般。',
  dataGrade: '核心、重要、一般（GB/T 43697-2024）。',
  addresses: '可写多个，用分号隔开。',
  segments: '如 10.1.2.0/24。',
  supervisedBy: '谁主管谁负责：主管单位全称。',
  operatedBy: '谁运行谁负责：运行单位全称。',
  usedBy: '谁使用谁负责：使用单位全称。',
};

interface TemplateColumn {
  readonly heading: string;
  readonly choices: readonly string[];
  readonly explanation: string;
}

const TYPE_WORDS: Readonly<Record<Attribute['type'], string>> = {
  text: '文字',
  integer: '整数',
  number: '数字',
  boolean: '是、否',
  date: '日期，如 2026-03-01',
  choice: '选一项',
  choices: '可选多项，用分号隔开',
  list: '可写多个，用分号隔开',
};

const fieldColumn = (field: SheetField | 'unit'): TemplateColumn => ({
  heading: HEADINGS[field],
  choices: Object.values(WORDS[field] ?? {}),
  explanation: EXPLANATIONS[field] ?? '',
});

const attributeColumn = (attribute: Attribute): TemplateColumn => {
  const choices = (attribute.choices ?? []).map(({ title }) => title.zh);
  const unit = attribute.unit === undefined ? '' : `（${attribute.unit.zh}）`;
  const about = [
    attribute.required === true ? '必填' : '',
    `${TYPE_WORDS[attribute.type]}${unit}${choices.length > 0 ? `：${choices.join('、')}` : ''}`,
    attribute.hint?.zh ?? '',
    attribute.source ?? '',
  ];
  return {
    heading: attribute.title.zh,
    choices: attribute.type === 'choice' ? choices : attribute.type === 'boolean' ? ['是', '否'] : [],
    explanation: about.filter((text) => text !== '').join('。'),
  };
};

function columnsFor(name: AssetClass | undefined, own: readonly Attribute[]): TemplateColumn[] {
  const shared = new Set<string>(name === undefined ? SHARED_FIELDS : definitionOf(name).shared);
  const hidden = new Set<string>(SHARED_FIELDS.filter((field) => !shared.has(field)));
  const fields = (['unit', ...SHEET_FIELDS] as const).filter((field) => !hidden.has(field) && field !== 'kind');
  const attributes = name === undefined ? own : [...attributesOf(name), ...own];
  return [...fields.map(fieldColumn), ...attributes.map(attributeColumn)];
}

/** The letters over a column of a sheet: 0 → A, 26 → AA. */
const lettersOf = (column: number): string =>
  (column >= 26 ? String.fromCharCode(64 + Math.floor(column / 26)) : '') + String.fromCharCode(65 + (column % 26));

/**
 * An empty sheet to fill in, with lists to choose from and an explanation of each column.
 *
 * @param name the class it is for; without it one for every class, without attributes
 * @param own the fields that centres added for it
 */
export function template(name: AssetClass | undefined, own: readonly Attribute[]): Promise<Uint8Array> {
  const columns = columnsFor(name, own);
  const choices = [...columns.entries()]
    .filter(([, column]) => column.choices.length > 0)
    .map(([index, column]) => ({
      type: 'list' as const,
      values: [...column.choices],
      range: `${lettersOf(index)}2:${lettersOf(index)}${TEMPLATE_ROWS}`,
      showErrorMessage: false,
    }));
  return writeXlsx({
    sheets: [
      {
        name: name === undefined ? '资产' : definitionOf(name).title.zh,
        rows: [columns.map(({ heading }) => heading)],
        freezePane: { rows: 1 },
        dataValidations: choices,
      },
      { name: '填写说明', rows: columns.map(({ heading, explanation }) => [heading, explanation]) },
    ],
  });
}
