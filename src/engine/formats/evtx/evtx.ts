import { BinXmlReader } from './binxml.ts';

/** Size of the file's header, and of each chunk behind it. */
export const EVTX_HEADER_BYTES = 4096;
export const EVTX_CHUNK_BYTES = 65_536;

const FILE_MAGIC = 'ElfFile\0';
const CHUNK_MAGIC = 'ElfChnk\0';
const RECORD_MAGIC = 0x2a2a;
/** Records begin behind the chunk's header and its tables. */
const RECORDS_AT = 512;

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  bytes.length >= text.length && [...text].every((letter, at) => bytes[at] === letter.charCodeAt(0));

/** True for the first bytes of a Windows event log file. */
export const isEvtx = (head: Uint8Array): boolean => startsWith(head, FILE_MAGIC);

/** What a chunk held: each event as the JSON of its XML, and how many records could not be read. */
export interface EvtxChunk {
  readonly events: readonly string[];
  readonly damaged: number;
}

/**
 * Reads the records of one chunk of an EVTX file. Chunks stand for themselves: they can be read in any order, by different
 * threads. Never throws: a record that cannot be read is counted and the next one is read. A chunk that was never used
 * (the file is made larger in advance) is empty.
 */
export function readEvtxChunk(chunk: Uint8Array): EvtxChunk {
  if (!startsWith(chunk, CHUNK_MAGIC)) {
    return { events: [], damaged: chunk.every((byte) => byte === 0) ? 0 : 1 };
  }
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const reader = new BinXmlReader(chunk);
  const events: string[] = [];
  let damaged = 0;
  const end = chunk.length < RECORDS_AT ? 0 : Math.min(view.getUint32(0x30, true), chunk.length);
  for (let at = RECORDS_AT; at + 28 <= end; ) {
    const size = view.getUint32(at + 4, true);
    if (view.getUint32(at, true) !== RECORD_MAGIC || size < 28 || at + size > end) {
      damaged += 1;
      break;
    }
    try {
      events.push(JSON.stringify(reader.event(at + 24, at + size - 4)));
    } catch {
      damaged += 1;
    }
    at += size;
  }
  return { events, damaged };
}

/** Cuts an EVTX file into its chunks as its bytes come; what comes before the first chunk is left out. */
export class EvtxCutter {
  private rest = new Uint8Array();
  private skip = EVTX_HEADER_BYTES;

  /** The chunks that are complete after these bytes, each with bytes of its own. */
  push(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const skipped = Math.min(this.skip, bytes.length);
    this.skip -= skipped;
    const joined = new Uint8Array(this.rest.length + bytes.length - skipped);
    joined.set(this.rest);
    joined.set(bytes.subarray(skipped), this.rest.length);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let at = 0;
    for (; at + EVTX_CHUNK_BYTES <= joined.length; at += EVTX_CHUNK_BYTES)
      chunks.push(joined.slice(at, at + EVTX_CHUNK_BYTES));
    this.rest = joined.slice(at);
    return chunks;
  }

  /** Of a file that was cut off, what is there of its last chunk. */
  end(): Uint8Array<ArrayBuffer>[] {
    return this.rest.length === 0 ? [] : [this.rest];
  }
}
