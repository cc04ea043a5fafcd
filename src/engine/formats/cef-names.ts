import type { CefRecord } from './cef.ts';
import { type Fields, type Names, oneText, plainProtocol, put, putUri, rename } from './sigma-fields.ts';

/** The CEF dictionary under the platform's field names. What is not listed keeps CEF's own name. */
const CEF_NAMES: Names = {
  src: 'src_ip',
  spt: 'src_port',
  shost: 'src_host',
  smac: 'src_mac',
  suser: 'user',
  suid: 'user_id',
  sntdom: 'user_domain',
  sourceTranslatedAddress: 'src_nat_ip',
  sourceTranslatedPort: 'src_nat_port',
  dst: 'dst_ip',
  dpt: 'dst_port',
  dhost: 'dst_host',
  dmac: 'dst_mac',
  duser: 'target_user',
  dntdom: 'target_domain',
  destinationTranslatedAddress: 'dst_nat_ip',
  destinationTranslatedPort: 'dst_nat_port',
  proto: 'protocol',
  app: 'app_proto',
  act: 'action',
  outcome: 'outcome',
  reason: 'reason',
  cat: 'category',
  msg: 'message',
  in: 'bytes_in',
  out: 'bytes_out',
  request: '',
  requestMethod: 'cs-method',
  requestClientApplication: 'cs-user-agent',
  requestContext: 'cs-referer',
  fname: 'FileName',
  filePath: 'TargetFilename',
  fileHash: 'Hashes',
  fsize: 'file_size',
  sproc: 'ProcessName',
  dvc: 'device_ip',
  dvchost: 'hostname',
  deviceExternalId: 'device_id',
  deviceInboundInterface: 'in_interface',
  deviceOutboundInterface: 'out_interface',
  externalId: 'session_id',
  rt: '',
  start: '',
  end: '',
};

/** Fields that `cefFields` fills, for a source's `supplies`. */
export const CEF_FIELDS: readonly string[] = [
  ...new Set(Object.values(CEF_NAMES).filter((name) => name !== '')),
  ...['event_id', 'signature', 'severity', 'cs-uri', 'cs-uri-stem', 'cs-uri-query', 'observer_version'],
];

const LABEL = /Label$/;

/**
 * Fields of a CEF record: the header's signature and severity, the dictionary's names, a product's own names beside them.
 *
 * @param names a product's extension names; they win over the dictionary
 */
export function cefFields(cef: CefRecord, names: Names = {}): Fields {
  const fields: Fields = {};
  put(fields, 'event_id', cef.signatureId);
  put(fields, 'signature', cef.name);
  put(fields, 'severity', cef.severity);
  put(fields, 'observer_version', cef.version);
  const extension = Object.fromEntries(Object.entries(cef.extension).filter(([name]) => !LABEL.test(name)));
  rename(extension, { ...CEF_NAMES, ...names }, fields);
  putUri(fields, oneText(cef.extension.request));
  plainProtocol(fields);
  return fields;
}

/** The times of a CEF record, best first, as texts. */
export const cefTimes = ({ extension }: CefRecord): string[] =>
  ['rt', 'start', 'end']
    .map((name) => oneText(extension[name]))
    .filter((text) => text !== '')
    .map((text) => (extension.dtz === 'UTC' && /[A-Za-z]/.test(text) && !/UTC|GMT/.test(text) ? `${text} UTC` : text));
