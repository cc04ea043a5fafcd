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

/** What is resident now, as the kernel counts it (proc(5), RssFile). */
export function resident(): Resident {
  const rss = process.memoryUsage.rss();
  const [, kilobytes = '0'] = /^RssFile:\s+(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8')) ?? [];
  return { rss, own: rss - Number(kilobytes) * 1024 };
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
