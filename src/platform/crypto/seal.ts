import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

/** Keeps small secrets unreadable to whoever has only the database. */
export interface Seal {
  /** @param purpose what it is for and whose; a sealed text opens only with the same words */
  seal(text: string, purpose: string): string;
  /** @throws Error when the text was altered, belongs to another purpose, or the key is another one */
  open(sealed: string, purpose: string): string;
}

const opened = new Map<string, Seal>();

/**
 * AES-256-GCM with a key of its own file in `folder`, made at the first use, readable by the platform's user only.
 * Several processes on one database need the same file.
 */
export function openSeal(folder: string): Seal {
  const known = opened.get(folder);
  if (known) return known;
  const key = readOrMakeKey(folder);
  const made: Seal = {
    seal(text, purpose) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${VERSION}.${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')}`;
    },
    open(sealed, purpose) {
      const [version, packed] = sealed.split('.');
      const bytes = Buffer.from(packed ?? '', 'base64url');
      if (version !== VERSION || bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('not a sealed text');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const body = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([body, decipher.final()]).toString('utf8');
    },
  };
  opened.set(folder, made);
  return made;
}

function readOrMakeKey(folder: string): Buffer {
  const file = join(folder, 'seal.key');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = `${file}.${randomBytes(6).toString('hex')}`;
    writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600, flush: true });
    try {
      // A link fails when another process was faster, a rename would replace its key.
      linkSync(draft, file);
    } catch (cause) {
      if (!existsSync(file)) throw cause;
    } finally {
      rmSync(draft);
    }
  }
  const key = readFileSync(file);
  if (key.length !== KEY_BYTES) throw new Error(`${file}: must hold ${KEY_BYTES} bytes, restore it from a backup`);
  return key;
}
