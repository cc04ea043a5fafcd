import { EvtxCutter, isEvtx, readEvtxChunk } from '#engine/formats/evtx/evtx.ts';
import { isZeekText, ZeekTable } from '#engine/formats/zeek-text.ts';
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

/** The records of a log of Zeek in its table form, each as the JSON that Zeek can write itself. */
class ZeekSplitter implements Cutter {
  private readonly table = new ZeekTable();
  private readonly lines: Splitter;

  constructor(bytesMax: number) {
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
      const json = this.table.read(item.bytes.toString('utf8'));
      return json === undefined ? [] : [{ ...item, bytes: Buffer.from(json) }];
    });
  }
}

/** What cuts a text file that begins with these bytes: lines and JSON, or a log of Zeek as a table. @param bytesMax longest record */
export const textSplitterFor = (head: Buffer, bytesMax: number): Cutter =>
  isZeekText(head) ? new ZeekSplitter(bytesMax) : new Splitter(bytesMax);

/** What cuts a file that begins with these bytes: a Windows event log, or text. */
export const splitterFor = (head: Buffer): Cutter =>
  isEvtx(head) ? new EvtxSplitter() : textSplitterFor(head, LINE_BYTES_MAX);
