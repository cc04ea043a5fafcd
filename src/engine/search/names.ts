import { COLUMN_FIELDS, columnOf } from '#engine/fields/aliases.ts';
import { COLUMNS } from '#engine/fields/dictionary.ts';
import type { FactColumn } from './query.ts';

/** What a name in a query stands for: a fact column, or a field of the event under one of Sigma's names. */
export type NameTarget = { readonly fact: FactColumn } | { readonly field: string };

const FACTS: Readonly<Record<string, FactColumn>> = {
  source: 'source',
  source_id: 'source_id',
  product: 'product',
  category: 'category',
  service: 'service',
  unit: 'unit_path',
  unit_path: 'unit_path',
  id: 'event_id',
  event_id: 'event_id',
  raw: 'raw',
  problem: 'problem',
  encoding: 'encoding',
  received: 'received_at',
  received_at: 'received_at',
  来源: 'source',
  产品: 'product',
  类别: 'category',
  单位: 'unit_path',
  原文: 'raw',
  问题: 'problem',
  编码: 'encoding',
  收到: 'received_at',
};

/** Everyday words for columns, so that nobody must know a vendor's or a standard's name to begin. */
const EVERYDAY: Readonly<Record<string, string>> = {
  code: 'event_code',
  user: 'user_name',
  process: 'process_executable',
  command: 'process_command_line',
  parent: 'parent_executable',
  file: 'file_path',
  hash: 'hashes',
  src: 'source_ip',
  dst: 'destination_ip',
  port: 'destination_port',
  url: 'url_full',
  status: 'http_status',
  method: 'http_method',
  domain: 'dns_question',
  asset: 'asset_name',
  system: 'system_name',
  主机: 'host',
  事件号: 'event_code',
  消息: 'message',
  用户: 'user_name',
  进程: 'process_executable',
  命令行: 'process_command_line',
  父进程: 'parent_executable',
  文件: 'file_path',
  注册表: 'registry_path',
  源地址: 'source_ip',
  目的地址: 'destination_ip',
  源端口: 'source_port',
  目的端口: 'destination_port',
  域名: 'dns_question',
  网址: 'url_full',
  状态码: 'http_status',
  资产: 'asset_name',
  资产单位: 'asset_unit',
  系统: 'system_name',
  主管单位: 'supervised_by',
  运行单位: 'operated_by',
  使用单位: 'used_by',
};

const BY_NAME: ReadonlyMap<string, string> = new Map([
  ...COLUMNS.map(({ column, ecs }) => [ecs.toLowerCase(), column] as const),
  ...COLUMNS.map(({ column }) => [column, column] as const),
]);

/** Vendors' names in any spelling of case: `commandline` finds `CommandLine`. */
const VENDOR_NAMES: ReadonlyMap<string, string> = new Map(
  Object.values(COLUMN_FIELDS)
    .flat()
    .map((name) => [name.toLowerCase(), name] as const)
    .reverse(),
);

/**
 * Resolves a name: a vendor's own name first when spelled exactly, then facts, columns, ECS names, everyday words. A name
 * nobody knows is a field of its own, kept with the event under exactly that name.
 */
export function resolveName(name: string): NameTarget {
  const low = name.toLowerCase();
  const fact = FACTS[low];
  if (fact !== undefined && Object.hasOwn(FACTS, low)) return { fact };
  if (columnOf(name) !== '') return { field: name };
  const everyday = Object.hasOwn(EVERYDAY, low) ? EVERYDAY[low] : undefined;
  const column = BY_NAME.get(low) ?? everyday;
  const first = column === undefined ? undefined : COLUMN_FIELDS[column]?.[0];
  return { field: first ?? VENDOR_NAMES.get(low) ?? name };
}

/** All names by which each column can be asked for: everyday words first, then its own, the ECS one, vendors' names. */
export function namesOfColumns(): readonly { readonly column: string; readonly names: readonly string[] }[] {
  const words = Map.groupBy(Object.entries({ ...FACTS, ...EVERYDAY }), ([, column]) => column);
  const wordsOf = (column: string) => (words.get(column) ?? []).map(([word]) => word);
  const facts = [...new Set(Object.values(FACTS))].map((column) => ({ column, names: wordsOf(column) }));
  const columns = COLUMNS.map(({ column, ecs }) => ({
    column,
    names: [...wordsOf(column), column, ecs, ...(COLUMN_FIELDS[column] ?? [])].filter((name) => isNameOf(name, column)),
  }));
  return [...facts, ...columns];
}

/** Some columns are called like a vendor's field that is kept in another one. */
function isNameOf(name: string, column: string): boolean {
  const target = resolveName(name);
  return 'field' in target && columnOf(target.field) === column;
}
