import type { Member } from '#engine/fields/row-layout.ts';
import { MOVED_FROM } from './ecs.ts';
import { ENVELOPE, flatTimes } from './shapes.ts';

/** A value of the event itself, and the member that has it. */
interface Datum {
  readonly name: string;
  readonly member: number;
}

/** Where the members of a line stand for what `shapes.ts` reads from its envelope. */
export interface Envelope {
  /** Members by the field they become. */
  readonly facts: ReadonlyMap<string, number>;
  /** A member whose word says the level, and one that lists the keywords; -1 = none. */
  readonly levelWord: number;
  readonly keywordList: number;
  /** The event data. */
  readonly data: readonly Datum[];
  /** NXLog's own word may stand in the place of Sysmon's EventType. */
  readonly hidesEventType: boolean;
  /** Members into which Winlogbeat's Sysmon module may have moved event data. */
  readonly mayHaveMoved: boolean;
  /** Candidates of the time, best first. @param text of a member of the line itself; '' when it is missing */
  times(text: (name: string) => string): Iterable<string>;
}

/** Fields that tell about the event, in the order in which `parse` gives them. */
export const FACTS = [
  'EventID',
  'Channel',
  'Provider_Name',
  'Computer',
  'EventRecordID',
  'Level',
  'Task',
  'Opcode',
  'Keywords',
  'Message',
] as const;
type Paths = Readonly<Partial<Record<(typeof FACTS)[number], string>>>;

/** Facts that every envelope has under a name of its own. */
export type Fact = 'EventID' | 'Channel' | 'Provider_Name' | 'Computer' | 'EventRecordID' | 'Task' | 'Opcode';
type FactNames = Readonly<Record<Fact, string>>;

export const FLAT_NAMES: FactNames = {
  EventID: 'EventID',
  Channel: 'Channel',
  Provider_Name: 'SourceName',
  Computer: 'Hostname',
  EventRecordID: 'RecordNumber',
  Task: 'Task',
  Opcode: 'Opcode',
};
export const OLD_BEAT_NAMES: FactNames = {
  EventID: 'event_id',
  Channel: 'log_name',
  Provider_Name: 'source_name',
  Computer: 'computer_name',
  EventRecordID: 'record_number',
  Task: 'task',
  Opcode: 'opcode',
};
export const BEAT_NAMES: FactNames = {
  EventID: 'event_id',
  Channel: 'channel',
  Provider_Name: 'provider_name',
  Computer: 'computer_name',
  EventRecordID: 'record_id',
  Task: 'task',
  Opcode: 'opcode',
};

const FACT_FIELDS: ReadonlySet<string> = new Set(FACTS);
/** Names of the event data that stay what they are. */
const NAME = /^(?!\d+$|__proto__$|@names$|tongan\.)[^ ]{1,128}$/;

const FLAT: Paths = { ...FLAT_NAMES, Level: 'Level', Keywords: 'Keywords', Message: 'Message' };
const OLD_BEAT: Paths = { ...OLD_BEAT_NAMES, Message: 'message' };
const IN_WINLOG = Object.fromEntries(Object.entries(BEAT_NAMES).map(([field, name]) => [field, `winlog ${name}`]));
const BEAT: Paths = { ...IN_WINLOG, Message: 'message' };
/** Members that another envelope than the flat one has. */
const NOT_FLAT: ReadonlySet<string> = new Set(['winlog', 'event_id', 'log_name', 'Event', 'System', 'message']);

interface Line {
  readonly members: readonly Member[];
  /** By path, names with a blank between them. */
  readonly at: ReadonlyMap<string, number>;
  readonly roots: ReadonlySet<string>;
}

/** The envelope of lines with these members; undefined: they go the usual way. */
export function envelopeOf(members: readonly Member[]): Envelope | undefined {
  const at = new Map(members.map(({ path }, index) => [path.join(' '), index]));
  if (at.size < members.length || members.some(({ path }) => path.some((name) => name.includes(' ')))) return undefined;
  const roots = new Set(members.map(({ path: [name = ''] }) => name));
  const line: Line = { members, at, roots };
  if (roots.has('winlog')) return beat(line, BEAT, 'winlog', 'log level');
  if (roots.has('event_id') && roots.has('log_name')) return beat(line, OLD_BEAT, '', 'level');
  return flat(line);
}

/** Members of one value by the field they become. */
function factsOf({ members, at }: Line, paths: Paths): Map<string, number> {
  const facts = new Map<string, number>();
  for (const field of FACTS) {
    const member = at.get(paths[field] ?? '');
    if (member !== undefined && members[member]?.kind !== 'list') facts.set(field, member);
  }
  return facts;
}

const isPlain = (data: readonly Datum[]): boolean =>
  data.every(({ name }) => NAME.test(name) && !FACT_FIELDS.has(name));

function flat(line: Line): Envelope | undefined {
  const { members, at, roots } = line;
  const data = members.flatMap(({ path: [name = ''] }, member) => (ENVELOPE.has(name) ? [] : [{ name, member }]));
  const isNested = (member: number): boolean => members[member]?.kind === 'list' || members[member]?.path.length !== 1;
  const facts = factsOf(line, FLAT);
  const hasOdd = Object.values(FLAT).some((name) => roots.has(name) && isNested(at.get(name) ?? -1));
  if (hasOdd || !facts.has('EventID') || [...roots].some((name) => NOT_FLAT.has(name))) return undefined;
  if (!isPlain(data) || data.some(({ member }) => isNested(member))) return undefined;
  const severity = at.get('Severity') ?? -1;
  return {
    facts,
    levelWord: facts.has('Level') || members[severity]?.kind === 'list' ? -1 : severity,
    keywordList: -1,
    data,
    hidesEventType: true,
    mayHaveMoved: false,
    times: flatTimes,
  };
}

/** @param parent of the event's members @param level path of the level's word */
function beat(line: Line, paths: Paths, parent: string, level: string): Envelope | undefined {
  const { members, at, roots } = line;
  const [dataPath, userPath, keywordPath] = ['event_data', 'user_data', 'keywords'].map((name) =>
    parent === '' ? [name] : [parent, name],
  );
  const isUnder = (path: readonly string[], above: readonly string[] = []): boolean =>
    path.length > above.length && above.every((name, index) => path[index] === name);
  const inside = members.flatMap(({ path, kind }, member) => (isUnder(path, dataPath) ? [{ path, kind, member }] : []));
  // Without event data it may be an empty object, which is not among the members, or `user_data` that counts.
  if (inside.length === 0 && members.some(({ path }) => isUnder(path, userPath))) return undefined;
  if (inside.some(({ path, kind }) => kind === 'list' || path.length !== (dataPath?.length ?? 0) + 1)) return undefined;
  const facts = factsOf(line, paths);
  const keywords = at.get(keywordPath?.join(' ') ?? '') ?? -1;
  const isList = members[keywords]?.kind === 'list';
  if (keywords >= 0 && !isList) facts.set('Keywords', keywords);
  const data = inside.map(({ path, member }) => ({ name: path.at(-1) ?? '', member }));
  if (!facts.has('EventID') || !isPlain(data)) return undefined;
  const levelWord = at.get(level) ?? -1;
  return {
    facts,
    levelWord: members[levelWord]?.kind === 'list' ? -1 : levelWord,
    keywordList: isList ? keywords : -1,
    data,
    hidesEventType: false,
    mayHaveMoved: paths === BEAT && MOVED_FROM.some((name) => roots.has(name)),
    times: (text) => [text('@timestamp')],
  };
}
