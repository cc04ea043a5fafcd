import type { z } from 'zod';
import type { Ctx, JournalRecord, Tx } from './context.ts';
import { parseInput } from './input.ts';

/** What an action did, for the journal. */
export interface ActionEntry {
  readonly action: string;
  readonly entry: JournalRecord;
}

/** Appends entries to the journal in the running transaction, in their order. Supplied by the journal slice through `app`. */
export type AppendEntries = (tx: Tx, entries: readonly ActionEntry[]) => Promise<void>;

/** What `action` needs of the running transaction besides `Tx`; filled by the context factory. */
export interface ActionTx extends Tx {
  /** Takes an entry, to be appended before the commit. */
  append(entry: ActionEntry): void;
}

export type Action<Input, Output> = ((ctx: Ctx, input: Input) => Promise<Output>) & { readonly permission: string };

/**
 * The only way to change a record: checks the permission, validates the input, opens the transaction (or joins the
 * open one), runs, and appends the journal entry before the commit. Live listeners hear of it after the commit.
 *
 * @param permission name of the permission, which is also the verb in the journal (`order.issue`)
 * @param schema what the input must be
 * @param fn does the work and calls `tx.record(...)` exactly once
 * @throws AppError `forbidden`, `invalid_input`, and whatever `fn` throws; then nothing is changed
 */
export function action<Schema extends z.ZodType, Output>(
  permission: string,
  schema: Schema,
  fn: (tx: Tx, input: z.output<Schema>) => Promise<Output>,
): Action<z.input<Schema>, Output> {
  const run = async (ctx: Ctx, input: z.input<Schema>): Promise<Output> => {
    ctx.allow(permission);
    const valid = parseInput(schema, input);
    return ctx.transaction(async (tx) => {
      const entries: JournalRecord[] = [];
      const scoped: Tx = Object.create(tx, { record: { value: (entry: JournalRecord) => entries.push(entry) } });
      const output = await fn(scoped, valid);
      const [entry] = entries;
      if (entry === undefined || entries.length > 1) {
        throw new Error(`action ${permission} recorded ${entries.length} journal entries, it must record exactly one`);
      }
      (tx as ActionTx).append({ action: permission, entry });
      return output;
    });
  };
  return Object.assign(run, { permission });
}
