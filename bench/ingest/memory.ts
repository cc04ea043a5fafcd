import { readFileSync } from 'node:fs';

/** Memory of this process, in bytes. */
export interface Resident {
  /** All that is resident. */
  readonly rss: number;
  /** Without pages of files (programs, libraries), which the kernel may drop at any time. */
  readonly own: number;
}

const STATUS = '/proc/self/status';
const EVERY_MS = 50;

/** What is resident now, as the kernel counts it (proc(5), VmRSS and RssFile). One look: it is taken from what is measured. */
export function resident(): Resident {
  const status = readFileSync(STATUS, 'latin1');
  const bytesOf = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  const rss = bytesOf('VmRSS');
  return { rss, own: rss - bytesOf('RssFile') };
}

/** Keeps the most that was resident while it looks. It begins looking. */
export class MemoryWatch {
  private timer: NodeJS.Timeout | undefined;
  private most: Resident = { rss: 0, own: 0 };

  constructor() {
    this.resume();
  }

  get peak(): Resident {
    return this.most;
  }

  resume(): void {
    this.timer = setInterval(() => {
      const { rss, own } = resident();
      this.most = { rss: Math.max(this.most.rss, rss), own: Math.max(this.most.own, own) };
    }, EVERY_MS);
  }

  pause(): void {
    clearInterval(this.timer);
  }
}
