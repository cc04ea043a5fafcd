import { EvtxCutter, isEvtx, readEvtxChunk } from '#engine/formats/evtx/evtx.ts';
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

/** What cuts a file that begins with these bytes: a Windows event log, or lines and JSON. */
export const splitterFor = (head: Buffer): Cutter => (isEvtx(head) ? new EvtxSplitter() : new Splitter(LINE_BYTES_MAX));
