/** A field with what it was and what it became; `from` is undefined where the entry does not say what it was. */
interface ToldChange {
  readonly field: string;
  readonly from?: unknown;
  readonly to: unknown;
}

/** What one entry of the journal tells of what was done. */
interface Told {
  readonly changes: readonly ToldChange[];
  /** What else it says: words of people, the other object, dates. */
  readonly said: readonly ToldChange[];
}

type Facts = Readonly<Record<string, unknown>>;

/** Never shown, whatever an action recorded: a card is no place for what opens a door or reaches a person. */
const SECRET = /pass(?:word|phrase)|secret|token|hash|sha256|phone|mobile|email|credential|cookie|session|verifier/i;

/** Told by the title of the entry, by other members, or known to who reads about the object anyway. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'change',
  'move',
  'changes',
  'before',
  'after',
  'from',
  'to',
  'id',
  'changeId',
  'newId',
  'title',
  'primary',
  'login',
  'category',
]);

const isFacts = (value: unknown): value is Facts =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isFacts(value) && Object.keys(value).length === 0);

const same = (left: unknown, right: unknown): boolean =>
  (isEmpty(left) && isEmpty(right)) || JSON.stringify(left) === JSON.stringify(right);

function listed(changes: unknown): ToldChange[] {
  if (!Array.isArray(changes)) return [];
  return changes.flatMap((change: unknown) =>
    isFacts(change) && typeof change.field === 'string'
      ? [{ field: change.field, from: change.from ?? null, to: change.to }]
      : [],
  );
}

/** Before and after as whole records, where the entry has both; `after` may be the entry itself. */
function compared({ before, after, ...others }: Facts): ToldChange[] {
  if (Array.isArray(before) && Array.isArray(after)) return [{ field: 'roles', from: before, to: after }];
  if (!isFacts(before)) return [];
  const now = isFacts(after) ? after : others;
  return Object.keys(isFacts(after) ? after : before)
    .filter((field) => field in now)
    .map((field) => ({ field, from: before[field] ?? null, to: now[field] }));
}

/** States are recorded as `from` and `to` of a move. */
const moved = ({ move, change, from, to }: Facts): ToldChange[] =>
  (typeof move === 'string' || change === undefined) && typeof from === 'string' && typeof to === 'string'
    ? [{ field: 'state', from, to }]
    : [];

/** Attributes of a class stand each by itself; of another object its name is enough, of a decision its grade. */
function spread(field: string, value: unknown): ToldChange[] {
  if (field === 'confirmed' && isFacts(value)) return [{ field: 'grade', to: value.grade }];
  if (field === 'attributes' && isFacts(value)) {
    return Object.entries(value).map(([key, one]) => ({ field: `attributes.${key}`, to: one }));
  }
  if (isFacts(value) && isFacts(value.facts)) return [{ field, to: value.facts.name }];
  return [{ field, to: value }];
}

/**
 * What an entry tells, from the facts that its action recorded: fields that differ, and what else it says that is not empty.
 * Whatever has the name of a secret or of a way to reach somebody is left out.
 */
export function toldBy(data: unknown): Told {
  if (!isFacts(data)) return { changes: [], said: [] };
  const changes = [...listed(data.changes), ...compared(data), ...moved(data)].filter(
    ({ field, from, to }) => !SECRET.test(field) && !same(from, to),
  );
  const known = new Set([
    ...changes.map(({ field }) => field),
    ...(isFacts(data.before) ? Object.keys(data.before) : []),
  ]);
  const relates = data.change === 'relate' || data.change === 'unrelate';
  const said = Object.entries(data)
    .filter(([field]) => !ELSEWHERE.has(field) && !known.has(field))
    // The name of the object itself; of a holiday it is what matters.
    .filter(([field]) => field !== 'name' || data.change === 'calendar')
    .flatMap(([field, value]) => spread(relates && field === 'kind' ? 'relation' : field, value))
    .concat(data.change === 'relate' ? [{ field: 'other', to: data.to }] : [])
    .filter(({ field, to }) => !SECRET.test(field) && !isEmpty(to));
  return { changes, said };
}

/**
 * What an entry about another object says of this one: what was changed of it, and what people said of it all.
 *
 * @param isOfKind both are of the same kind, so that the facts of the other have the same names
 */
export function seenFrom(id: string, data: unknown, isOfKind: boolean): unknown {
  if (!isFacts(data)) return data;
  // Of a relation the other one is told: seen from here it is the one that the entry is about.
  if (isOfKind) return { ...data, to: data.name };
  const { updated, fileName, reason, note, set, change, from, to } = data;
  const own: unknown = Array.isArray(updated) ? updated.find((one) => isFacts(one) && one.id === id) : undefined;
  const changes = change === 'handover' ? [{ field: 'responsiblePerson', from, to }] : isFacts(own) && own.changes;
  // What many were set to stands beside: not each of them was something else before.
  return { ...(isFacts(set) ? set : {}), ...(changes ? { changes } : {}), file: fileName, reason, note };
}
