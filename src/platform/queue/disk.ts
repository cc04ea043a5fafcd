import { open, rename, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../errors.ts';

/** Makes a created, renamed or removed name durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Replaces a small file: after a crash there is the old text or the new one, never a part. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w');
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncFolder(dirname(path));
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Turns a failed write into what the sender is told: a full disk is the sender's to wait for, not our crash. */
export function writeFault(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return FULL.has(code)
    ? new AppError('storage_full', {
        public: 'The disk of the platform is full; nothing of this was kept',
        reason: 'queue.disk_full',
        cause: error,
        retryAfterSeconds: 60,
      })
    : new AppError('unavailable', {
        public: 'The platform could not write this down; nothing of it was kept',
        reason: 'queue.write_failed',
        cause: error,
        retryAfterSeconds: 10,
      });
}

const SPACE_FRESH_MS = 500;

/** The room on a disk, asked for now and then: what others write there counts too. */
export class DiskSpace {
  readonly #folder: string;
  readonly #freeBytesMin: number;
  #leftBytes = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  /** @param freeBytesMin what must stay free; 0: nothing is asked */
  constructor(folder: string, freeBytesMin: number) {
    this.#folder = folder;
    this.#freeBytesMin = freeBytesMin;
  }

  /** Says that so many bytes will be written. @throws AppError `storage_full` when too little would stay free */
  async need(bytes: number): Promise<void> {
    if (this.#freeBytesMin === 0) return;
    if (bytes > this.#leftBytes || performance.now() - this.#askedAtMs > SPACE_FRESH_MS) {
      const { bavail, bsize } = await statfs(this.#folder);
      this.#leftBytes = bavail * bsize - this.#freeBytesMin;
      this.#askedAtMs = performance.now();
    }
    if (bytes > this.#leftBytes) {
      throw new AppError('storage_full', {
        public: 'The disk of the platform is nearly full; nothing of this was kept',
        reason: 'queue.disk_full',
        retryAfterSeconds: 60,
      });
    }
    this.#leftBytes -= bytes;
  }
}
