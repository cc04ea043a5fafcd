import type { Answer } from '#api/types.ts';

export type Asset = Answer<'/api/assets'>['items'][number];
export type AssetDetail = Answer<'/api/assets/{id}'>;
export type AssetImport = Answer<'/api/assets/imports/{id}'>;
export type ImportRow = Answer<'/api/assets/imports/{id}/rows'>['items'][number];
export type ImportOfAsset = Answer<'/api/assets/{id}/imports'>['items'][number];

export const IMPORTANCES = ['especially_important', 'important', 'general'] as const;
export const DATA_GRADES = ['core', 'important', 'general'] as const;
export const LEVELS = [1, 2, 3, 4, 5] as const;
export const VERDICTS = ['create', 'update', 'same', 'conflict', 'skip'] as const;

/** How each state looks. */
export const TONE = {
  discovered: 'waiting',
  to_claim: 'waiting',
  confirmed: 'done',
  changed: 'moving',
  retired: 'waiting',
  written_off: 'waiting',
} as const;

/** How what is known of responsibility looks. */
export const DUTY_TONE = {
  none: 'overdue',
  presumed: 'waiting',
  to_claim: 'waiting',
  confirmed: 'done',
  disputed: 'overdue',
  expired: 'overdue',
  inherited: 'moving',
} as const;

/** How each verdict of an import looks: what will move, what is settled, what needs somebody. */
export const VERDICT_TONE = {
  create: 'moving',
  update: 'moving',
  same: 'done',
  conflict: 'overdue',
  skip: 'waiting',
} as const;

/** What an asset says of itself, attributes aside, in the order of forms and comparisons. */
export const ASSET_FIELDS = [
  'name',
  'class',
  'kind',
  'code',
  'state',
  'importance',
  'protectionLevel',
  'filingNumber',
  'criticalInfrastructure',
  'dataGrade',
  'supervisedBy',
  'operatedBy',
  'usedBy',
  'responsiblePerson',
  'product',
  'location',
  'remark',
  'addresses',
  'hosts',
  'domains',
  'segments',
] as const satisfies readonly (keyof Asset)[];

/** What a column of a sheet can mean besides an attribute. */
export const MEANINGS = [...ASSET_FIELDS, 'unit'] as const;
