import type { FieldValue, SecurityEvent } from './event.ts';

type Document = Record<string, FieldValue>;
type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const scalar = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

function set(document: Document, name: string, value: string | undefined): void {
  if (value !== undefined && value !== '' && value !== '-' && document[name] === undefined) document[name] = value;
}

/**
 * What ECS says of a Windows event beyond its fields: what the forwarder itself said in ECS (Winlogbeat) or beside the
 * event (NXLog), and the parts that ECS wants apart: hashes, names and folders of files, the hive of a registry key.
 */
export function windowsEcs(document: Document, event: SecurityEvent): void {
  const given = jsonOf(event.raw);
  if (isJson(given.winlog)) takeOver(document, given);
  const text = (name: string): string => scalar(event.fields[name]);
  envelope(document, given);
  const id = text('EventID');
  actors(document, text);
  const outcome = outcomeOf(text('Keywords'), scalar(given.EventType));
  if (outcome !== '') document['event.outcome'] = outcome;
  set(document, 'log.level', scalar(given.Severity).toLowerCase());
  set(document, 'process.name', lastPart(one(document['process.executable'])));
  set(document, 'process.parent.name', lastPart(one(document['process.parent.executable'])));
  const path = text('TargetFilename') || text('ImageLoaded');
  set(document, 'file.path', path);
  set(document, 'file.name', lastPart(path));
  set(document, 'file.directory', path.slice(0, Math.max(0, path.lastIndexOf('\\'))));
  hashes(document, text('Hashes') || text('Hash'), event.logsource.category);
  registry(document, text('TargetObject'));
  const [category, type] = MEANINGS[id] ?? [];
  if (event.logsource.service !== 'security') return;
  set(document, 'event.category', category);
  set(document, 'event.type', type);
}

const one = (value: FieldValue | undefined): string => (typeof value === 'string' ? value : (value?.[0] ?? ''));
const lastPart = (path: string): string => path.slice(path.lastIndexOf('\\') + 1);

function jsonOf(raw: string): Json {
  const start = raw.indexOf('{');
  if (start < 0) return {};
  try {
    const json: unknown = JSON.parse(raw.slice(start));
    return isJson(json) ? json : {};
  } catch {
    return {};
  }
}

/** Field sets of ECS that Winlogbeat fills itself. Its `event_data` is in the event's fields. */
const OWN_SETS = ['agent', 'host', 'winlog', 'event', 'log', 'process', 'user', 'file', 'registry', 'dns', 'network'];
const DEPTH_MAX = 5;

function takeOver(document: Document, given: Json): void {
  const walk = (value: unknown, name: string, depth: number): void => {
    if (name === 'winlog.event_data' || name === 'event.original' || depth > DEPTH_MAX) return;
    if (isJson(value)) for (const [key, inner] of Object.entries(value)) walk(inner, `${name}.${key}`, depth + 1);
    else if (Array.isArray(value) && value.every((item) => !isJson(item))) {
      const texts = value.map(scalar).filter((text) => text !== '');
      if (texts.length > 0) document[name] = texts;
    } else if (Array.isArray(value)) lists(document, name, value);
    else if (scalar(value) !== '') document[name] = scalar(value);
  };
  for (const name of OWN_SETS) walk(given[name], name, 0);
}

/** A list of objects (the answers of a DNS question) is a list for each of their names. */
function lists(document: Document, name: string, values: readonly unknown[]): void {
  const byKey = new Map<string, string[]>();
  for (const item of values.filter(isJson)) {
    for (const [key, value] of Object.entries(item)) byKey.set(key, [...(byKey.get(key) ?? []), scalar(value)]);
  }
  for (const [key, texts] of byKey) document[`${name}.${key}`] = texts;
}

/** What NXLog (im_msvistalog), the event's own XML and old Winlogbeats say beside the event data. */
function envelope(document: Document, given: Json): void {
  const system = isJson(given.System) ? given.System : {};
  const execution = isJson(system.Execution) ? system.Execution : {};
  const security = isJson(system.Security) ? system.Security : {};
  const process = scalar(given.ExecutionProcessID) || scalar(given.ProcessID) || scalar(execution.ProcessID);
  const thread = scalar(given.ThreadID) || scalar(given.thread_id) || scalar(execution.ThreadID);
  set(document, 'process.pid', process || scalar(given.process_id));
  set(document, 'process.thread.id', thread);
  const winlog = isJson(given.winlog) ? given.winlog : {};
  const writer = isJson(winlog.process) ? winlog.process : {};
  set(document, 'process.pid', scalar(writer.pid));
  set(document, 'process.thread.id', isJson(writer.thread) ? scalar(writer.thread.id) : '');
  const user = isJson(winlog.user) ? winlog.user : {};
  set(document, 'user.name', scalar(given.AccountName) || scalar(user.name));
  set(document, 'user.domain', scalar(given.Domain) || scalar(user.domain));
  set(document, 'user.id', scalar(given.UserID) || scalar(security.UserID) || scalar(user.identifier));
}

/** Who acts is the `user`, whom it is done to is the user's `target` (ECS, "User fields usage"). */
function actors(document: Document, text: (name: string) => string): void {
  set(document, 'user.name', text('SubjectUserName') === '-' ? '' : text('SubjectUserName'));
  set(document, 'user.domain', text('SubjectDomainName'));
  set(document, 'user.id', text('SubjectUserSid'));
  set(document, 'user.target.name', text('TargetUserName'));
  set(document, 'user.target.domain', text('TargetDomainName'));
  set(document, 'user.target.id', text('TargetUserSid') || text('TargetSid'));
  set(document, 'user.name', text('TargetUserName'));
  set(document, 'user.domain', text('TargetDomainName'));
  set(document, 'winlog.logon.id', text('SubjectLogonId') || text('TargetLogonId'));
}

/** Keywords of the Security channel (winmeta.xml): bit 53 is an audit success, bit 52 a failure. */
function outcomeOf(keywords: string, type: string): string {
  if (/audit[ _]?success/i.test(`${keywords} ${type}`)) return 'success';
  if (/audit[ _]?failure/i.test(`${keywords} ${type}`)) return 'failure';
  if (!/^(?:-?\d{1,20}|0x[0-9a-f]{1,16})$/i.test(keywords)) return '';
  const bits = BigInt.asUintN(64, BigInt(keywords));
  if ((bits >> 53n) % 2n === 1n) return 'success';
  return (bits >> 52n) % 2n === 1n ? 'failure' : '';
}

/** Sysmon's `SHA1=…,MD5=…,IMPHASH=…`: of the process, or of the file the event is about. */
function hashes(document: Document, text: string, category: string): void {
  const subject = category === 'process_creation' ? 'process' : HASHED[category];
  if (subject === undefined) return;
  for (const [, kind = '', value = ''] of text.matchAll(/\b(MD5|SHA1|SHA256|IMPHASH)=([0-9A-Fa-f]{32,64})/g)) {
    const name = kind === 'IMPHASH' ? 'pe.imphash' : `hash.${kind.toLowerCase()}`;
    set(document, `${subject}.${name}`, value.toLowerCase());
  }
}

const HASHED: Readonly<Record<string, string>> = {
  image_load: 'dll',
  driver_load: 'dll',
  file_event: 'file',
  file_delete: 'file',
  create_stream_hash: 'file',
};

function registry(document: Document, target: string): void {
  const found = /^(HK[A-Z_]{1,20})\\(.+)$/.exec(target);
  if (found === null) return;
  const [, hive = '', key = ''] = found;
  set(document, 'registry.hive', hive);
  set(document, 'registry.key', key);
  set(document, 'registry.value', lastPart(key));
}

/** ECS category and type of events of the Security channel (Microsoft, "Appendix L: Events to Monitor"). */
type Meaning = readonly [category: string, type: string];
const meaning = (category: string, type: string, ...ids: string[]): Record<string, Meaning> =>
  Object.fromEntries(ids.map((id): [string, Meaning] => [id, [category, type]]));

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ...meaning('authentication', 'start', '4624', '4625', '4648', '4768', '4769', '4771', '4776'),
  ...meaning('authentication', 'end', '4634', '4647', '4779'),
  ...meaning('iam', 'creation', '4720', '4741'),
  ...meaning('iam', 'deletion', '4726', '4743'),
  ...meaning('iam', 'change', '4722', '4723', '4724', '4725', '4738', '4740', '4767'),
  ...meaning('iam', 'group', '4728', '4729', '4732', '4733', '4756', '4757'),
  ...meaning('process', 'start', '4688'),
  ...meaning('process', 'end', '4689'),
};
