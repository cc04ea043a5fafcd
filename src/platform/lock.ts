import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'EPERM';
  }
};

/** The process that serves from `folder`, if one runs. */
export function lockHolder(folder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folder, 'tongan.lock'), 'utf8'));
    return Number.isInteger(pid) && pid > 0 && pid !== process.pid && isRunning(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** @throws Error when another process serves from `folder`: whoever touches the stores then damages them */
export function refuseIfServed(folder: string): void {
  const holder = lockHolder(folder);
  if (holder !== undefined) {
    throw new Error(
      `process ${holder} already serves from ${folder}: stop it, or set TONGAN_DATA_DIR to another folder`,
    );
  }
}

/**
 * Takes the folder of the embedded stores for this process: two processes on one folder would damage it.
 * A lock left by a process that died is taken over.
 * @returns a function that gives it back
 */
export function takeLock(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  refuseIfServed(folder);
  const file = join(folder, 'tongan.lock');
  writeFileSync(file, String(process.pid), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}
