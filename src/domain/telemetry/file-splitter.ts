import { EvtxCutter, isEvtx, readEvtxChunk } from '#engine/formats/evtx/evtx.ts';
import { receivedBytes, receivedText } from '#engine/formats/received.ts';
import { TABLE_HEAD_BYTES, textTableOf } from '#engine/formats/text-table.ts';
import { type SplitItem, Splitter } from './collect/lines.ts';
import { LINE_BYTES_MAX } from './intake.ts';

/** What cuts bytes into records as they come. */
interface Cutter {
  push(chunk: Buffer): SplitItem[];
  end(): SplitItem[];
}

/** The records of a Windows event log file, each as the JSON of its XML. A record that cannot be read is rejected. */
class EvtxSplitter implements Cutter {
  private readonly cutter = new EvtxCutter();
  private line = 0;

  push(chunk: Buffer): SplitItem[] {
    return this.cutter.push(chunk).flatMap((one) => this.records(one));
  }

  end(): SplitItem[] {
    return this.cutter.end().flatMap((one) => this.records(one));
  }

  private records(chunk: Uint8Array): SplitItem[] {
    const { events, damaged } = readEvtxChunk(chunk);
    const items = events.map((event): SplitItem => {
      this.line += 1;
      return { kind: 'line', line: this.line, bytes: Buffer.from(event) };
    });
    for (let index = 0; index < damaged; index += 1) {
      this.line += 1;
      items.push({ kind: 'rejected', line: this.line, reason: 'incomplete' });
    }
    return items;
  }
}

type Table = NonNullable<ReturnType<typeof textTableOf>>;

/** The records of a text whose head names its columns (Zeek, IIS), each as a text that can be read alone. */
class TableSplitter implements Cutter {
  private readonly table: Table;
  private readonly lines: Splitter;

  constructor(table: Table, bytesMax: number) {
    this.table = table;
    this.lines = new Splitter(bytesMax, 'lines');
  }

  push(chunk: Buffer): SplitItem[] {
    return this.records(this.lines.push(chunk));
  }

  end(): SplitItem[] {
    return this.records(this.lines.end());
  }

  private records(items: readonly SplitItem[]): SplitItem[] {
    return items.flatMap((item): SplitItem[] => {
      if (item.kind === 'rejected') return [item];
      const record = this.table.read(receivedText(item.bytes));
      return record === undefined ? [] : [{ ...item, bytes: receivedBytes(record) }];
    });
  }
}

/** What cuts a text file that begins with these bytes: lines and JSON, or a table of Zeek or IIS. @param bytesMax longest record */
export function textSplitterFor(head: Buffer, bytesMax: number): Cutter {
  const table = textTableOf(head.toString('latin1', 0, TABLE_HEAD_BYTES));
  return table === undefined ? new Splitter(bytesMax) : new TableSplitter(table, bytesMax);
}

/** What cuts a file that begins with these bytes: a Windows event log, or text. */
export const splitterFor = (head: Buffer): Cutter =>
  isEvtx(head) ? new EvtxSplitter() : textSplitterFor(head, LINE_BYTES_MAX);
