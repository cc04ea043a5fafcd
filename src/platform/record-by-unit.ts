import { z } from 'zod';
import { action } from './action.ts';
import type { JournalRecord, Tx } from './context.ts';

interface Member {
  readonly id: string;
  readonly unitPath: string;
}

interface ChangeOfMany {
  readonly object: JournalRecord['object'];
  /** Where it is told when it concerned nothing. */
  readonly unitPath: string;
  /** The type of what it concerned. */
  readonly type: string;
  readonly members: readonly Member[];
  /** Of these, what was asked for and stays as it is: told in figures, in no trail of its own. */
  readonly left?: ReadonlySet<string>;
  /** What is told of some of them, those that stay among them. */
  dataOf(ids: readonly string[]): Readonly<Record<string, unknown>>;
}

const Entry = z.custom<JournalRecord>((value) => typeof value === 'object' && value !== null);

/** An action records one entry; those for further units are joined to it. */
const entryUnder = (permission: string) =>
  action(permission, Entry, (tx, entry) => {
    tx.record(entry);
    return Promise.resolve();
  });

/**
 * Records what was done to many things at once: one entry for each unit whose things it concerned, all about the same object. So a
 * unit finds in the trails of its own what the centre did to many, and reads of it what concerns its own alone.
 *
 * @param permission that of the running action
 */
export async function recordByUnit(
  tx: Tx,
  permission: string,
  { object, unitPath, type, members, left = new Set(), dataOf }: ChangeOfMany,
): Promise<void> {
  const entryOf = (path: string, own: readonly Member[]): JournalRecord => ({
    object,
    unitPath: path,
    data: dataOf(own.map(({ id }) => id)),
    related: own.filter(({ id }) => !left.has(id)).map(({ id }) => ({ type, id })),
  });
  const [first, ...others] = Map.groupBy(members, (member) => member.unitPath);
  tx.record(first === undefined ? entryOf(unitPath, []) : entryOf(...first));
  const further = entryUnder(permission);
  for (const [path, own] of others) await further(tx, entryOf(path, own));
}
