import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { receivedJson } from '#engine/formats/received.ts';
import { invalid } from '#platform/errors.ts';

/** One operation of a bulk request. */
export interface BulkItem {
  readonly action: 'index' | 'create' | 'update' | 'delete';
  readonly index: string;
  /** '' when the sender leaves the identifier to the store. */
  readonly id: string;
  /** The document as it came; undefined for `delete`. */
  readonly document: Buffer | undefined;
}

/** Longest name of an index and of a document, as Elasticsearch has them. */
export const INDEX_LENGTH_MAX = 255;
export const ID_LENGTH_MAX = 512;

/** An `_id` of null is left to the store, like none. */
const Id = z.union([z.null().transform(() => undefined), z.coerce.string().max(ID_LENGTH_MAX)]);
const Meta = z.object({ _index: z.string().max(INDEX_LENGTH_MAX).optional(), _id: Id.optional() });
const Action = z.union([
  z.object({ index: Meta }),
  z.object({ create: Meta }),
  z.object({ update: Meta }),
  z.object({ delete: Meta }),
]);

const NEWLINE = 0x0a;

/**
 * Reads the body of Elasticsearch's `_bulk`: a line that says what to do, and a line with the document.
 *
 * @param index of the address, for actions that name none
 * @throws AppError `invalid_input` for an empty body, or naming the line; then nothing of the request is taken, as Elasticsearch does it
 */
export function readBulk(body: Buffer, index: string): BulkItem[] {
  const lines = new Lines(body);
  const items: BulkItem[] = [];
  for (let text = lines.next(); text !== undefined; text = lines.next()) {
    const { action, meta } = readAction(text, lines.number);
    const document = action === 'delete' ? undefined : lines.next();
    if (document === undefined && action !== 'delete') {
      throw invalid(`Line ${lines.number}: the action "${action}" has no document after it`);
    }
    items.push({ action, index: meta._index ?? index, id: meta._id ?? '', document });
  }
  if (items.length === 0) throw invalid('The body is empty: an action and a document are expected');
  return items;
}

function readAction(text: Buffer, line: number): { action: BulkItem['action']; meta: z.output<typeof Meta> } {
  const parsed = Action.safeParse(jsonOf(text));
  if (parsed.success) {
    for (const [action, meta] of Object.entries(parsed.data)) if (isAction(action)) return { action, meta };
  }
  throw invalid(`Line ${line}: expected an action such as {"create":{}}, with the document on the next line`);
}

const isAction = (text: string): text is BulkItem['action'] => ['index', 'create', 'update', 'delete'].includes(text);

function jsonOf(text: Buffer): unknown {
  try {
    return JSON.parse(receivedJson(text));
  } catch {
    return undefined;
  }
}

/** Walks over the lines that are not empty. */
class Lines {
  readonly #bytes: Buffer;
  #at = 0;
  /** Of the line last given, from 1. */
  number = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): Buffer | undefined {
    while (this.#at < this.#bytes.length) {
      const newline = this.#bytes.indexOf(NEWLINE, this.#at);
      const end = newline < 0 ? this.#bytes.length : newline;
      const line = this.#bytes.subarray(this.#at, this.#bytes[end - 1] === 0x0d && end > this.#at ? end - 1 : end);
      this.#at = end + 1;
      this.number += 1;
      if (line.length > 0) return line;
    }
    return undefined;
  }
}

/** What became of an item. */
export type BulkOutcome = 'created' | 'repeated' | 'too_long' | 'unsupported';

interface BulkAnswer {
  readonly took: number;
  readonly errors: boolean;
  readonly items: readonly Readonly<Record<string, object>>[];
}

/**
 * The answer to a bulk request, item by item in the order of the request. A document that is there already is an error
 * of `create` (409, which senders take for delivered) and none of `index`.
 *
 * @param tookMs time it took
 */
export function bulkAnswer(items: readonly BulkItem[], outcomes: readonly BulkOutcome[], tookMs: number): BulkAnswer {
  let errors = false;
  const answers = items.map((item, at) => {
    const answer = itemAnswer(item, outcomes[at] ?? 'unsupported');
    errors ||= 'error' in answer;
    return { [item.action]: answer };
  });
  return { took: tookMs, errors, items: answers };
}

function itemAnswer({ action, index, id }: BulkItem, outcome: BulkOutcome): object {
  const about = { _index: index, _id: id || randomBytes(15).toString('base64url') };
  if (outcome === 'created' || (outcome === 'repeated' && action === 'index')) {
    const result = outcome === 'created' ? 'created' : 'noop';
    return { ...about, _version: 1, result, ...WRITTEN, status: outcome === 'created' ? 201 : 200 };
  }
  return { ...about, ...FAULTS[outcome] };
}

const WRITTEN = { _shards: { total: 1, successful: 1, failed: 0 }, _seq_no: 0, _primary_term: 1 };

const FAULTS = {
  repeated: {
    status: 409,
    error: { type: 'version_conflict_engine_exception', reason: 'a document with this _id was taken before' },
  },
  too_long: {
    status: 413,
    error: { type: 'document_too_long', reason: 'the document is longer than an event may be; do not send it again' },
  },
  unsupported: {
    status: 400,
    error: { type: 'illegal_argument_exception', reason: 'events are only added: use "create" or "index"' },
  },
} as const;
