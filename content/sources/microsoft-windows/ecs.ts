import { flattenJson, type JsonObject } from '#engine/formats/json.ts';
import type { TextRecord } from '#engine/formats/record.ts';

/**
 * Winlogbeat's Sysmon module moves most of the event data into ECS fields. This is the way back to Sysmon's own names,
 * which rules use. The first name that the event data has not got already is filled.
 */
const SYSMON_NAMES: Readonly<Record<string, string>> = {
  'process.executable': 'Image',
  'process.command_line': 'CommandLine',
  'process.working_directory': 'CurrentDirectory',
  'process.pid': 'ProcessId',
  'process.entity_id': 'ProcessGuid',
  'process.parent.executable': 'ParentImage',
  'process.parent.command_line': 'ParentCommandLine',
  'process.parent.pid': 'ParentProcessId',
  'process.parent.entity_id': 'ParentProcessGuid',
  'process.pe.original_file_name': 'OriginalFileName',
  'process.pe.company': 'Company',
  'process.pe.description': 'Description',
  'process.pe.product': 'Product',
  'process.pe.file_version': 'FileVersion',
  'registry.path': 'TargetObject',
  'registry.data.strings': 'Details',
  'dns.question.name': 'QueryName',
  'dns.resolved_ip': 'QueryResults',
  'source.ip': 'SourceIp',
  'source.port': 'SourcePort',
  'destination.ip': 'DestinationIp',
  'destination.port': 'DestinationPort',
  'destination.domain': 'DestinationHostname',
  'network.transport': 'Protocol',
  'rule.name': 'RuleName',
};

/** Events whose `process` and `file` are called otherwise. */
const BY_EVENT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '6': { 'file.path': 'ImageLoaded' },
  '7': { 'file.path': 'ImageLoaded' },
  '8': { 'process.executable': 'SourceImage', 'process.pid': 'SourceProcessId' },
  '10': { 'process.executable': 'SourceImage', 'process.pid': 'SourceProcessId' },
  '17': { 'file.name': 'PipeName' },
  '18': { 'file.name': 'PipeName' },
};
const FILE_EVENT: Readonly<Record<string, string>> = { 'file.path': 'TargetFilename' };

/** Members of a line in which `withMovedFields` looks. */
export const MOVED_FROM = [
  'process',
  'registry',
  'dns',
  'source',
  'destination',
  'network',
  'file',
  'rule',
  'user',
  'hash',
];

/** Adds to Sysmon's event data what Winlogbeat moved away from it. */
export function withMovedFields(json: JsonObject, eventId: string, data: TextRecord): TextRecord {
  const { record } = flattenJson(Object.fromEntries(MOVED_FROM.map((name) => [name, json[name]])));
  const filled: TextRecord = { ...data };
  const fill = (name: string, value: TextRecord[string] | undefined): void => {
    if (value !== undefined && filled[name] === undefined) filled[name] = value;
  };
  const own = BY_EVENT[eventId] ?? FILE_EVENT;
  for (const [path, name] of Object.entries({ ...SYSMON_NAMES, ...own })) fill(name, record[path]);
  const domain = record['user.domain'];
  const account = record['user.name'];
  fill('User', typeof domain === 'string' && typeof account === 'string' ? `${domain}\\${account}` : account);
  const hashes = hashesOf(record);
  if (hashes !== '') fill('Hashes', hashes);
  return filled;
}

/** Sysmon writes `SHA1=…,MD5=…`. */
function hashesOf(record: TextRecord): string {
  const kinds = ['sha1', 'md5', 'sha256', 'imphash'] as const;
  const value = (kind: string): unknown =>
    record[`process.hash.${kind}`] ??
    record[`file.hash.${kind}`] ??
    record[`hash.${kind}`] ??
    record[`process.pe.${kind}`];
  return kinds
    .filter((kind) => typeof value(kind) === 'string')
    .map((kind) => `${kind.toUpperCase()}=${String(value(kind)).toUpperCase()}`)
    .join(',');
}
