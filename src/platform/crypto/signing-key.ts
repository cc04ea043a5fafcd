import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** An Ed25519 key (RFC 8032) that never leaves this process and its file. */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

const OTHERS = 0o077;

/**
 * Opens the key in `file`, or makes one there (mode 0600, folder 0700) at the first start.
 *
 * @throws Error when others may read the file or it holds no Ed25519 key; the message says how to mend it
 */
export async function openSigningKey(file: string): Promise<SigningKey> {
  const existing = await readSigningKey(file);
  if (existing) return existing;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const handle = await open(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    await handle.writeFile(pem);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return fromPem(pem.toString(), file);
}

/** The key in `file`, or undefined when there is no such file. @throws like `openSigningKey` */
export async function readSigningKey(file: string): Promise<SigningKey | undefined> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw cause;
  });
  if (!found) return undefined;
  if ((found.mode & OTHERS) !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    throw new Error(`the signing key ${file} is open to others (mode ${mode}): run chmod 600 on it`);
  }
  return fromPem(await readFile(file, 'utf8'), file);
}

function fromPem(pem: string, file: string): SigningKey {
  const key = parsePem(pem);
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new Error(`${file} holds no Ed25519 key: bring it back from the backup of the data folder`);
  }
  return { publicKey: rawPublicKey(createPublicKey(key)), sign: (message) => sign(null, message, key) };
}

function parsePem(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

const rawPublicKey = (key: KeyObject): Uint8Array => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

/** Verifies an Ed25519 signature (RFC 8032). False for anything that is not right, also for a malformed key. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const x = Buffer.from(publicKey).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}
