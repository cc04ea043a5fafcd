import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own, small enough to be filled by a test. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes everything that is free, but for `leaveBytes`. */
  fill(leaveBytes: number): Promise<void>;
  /** Gives back what `fill` took. */
  free(): Promise<void>;
  remove(): Promise<void>;
}

/** For the options of a test: why there can be no small disk here, or false. */
export const noSmallDisk: string | false =
  process.getuid?.() === 0 && process.platform === 'linux' && mountable() ? false : 'only root can mount a small disk';

function mountable(): boolean {
  const folder = join(tmpdir(), `tongan-mount-${process.pid}`);
  try {
    execFileSync('mkdir', ['-p', folder]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    if (existsSync(folder)) execFileSync('rmdir', [folder]);
  }
}

/** Mounts a disk of so many bytes, in `at` or in a folder of its own. */
export async function smallDisk(bytes: number, at?: string): Promise<SmallDisk> {
  const folder = at ?? (await mkdtemp(join(tmpdir(), 'tongan-disk-')));
  await mkdir(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  const filler = join(folder, 'filler');
  return {
    folder,
    async fill(leaveBytes) {
      const { bavail, bsize } = await statfs(folder);
      await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
    },
    free: () => rm(filler, { force: true }),
    async remove() {
      execFileSync('umount', [folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
