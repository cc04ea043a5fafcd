import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { z } from 'zod';

/** A file of a backup: a name with folders, and its bytes as they are stored. */
export interface BackupFile {
  readonly name: string;
  readonly content: Uint8Array;
}

export const MANIFEST = 'manifest.json';
export const FORMAT = 'tongan-backup/1';

const Count = z.object({ table: z.string(), rows: z.int() });

/** What a backup says about itself; its last file, so that a backup cut short is recognised. */
export const Manifest = z.object({
  format: z.literal(FORMAT),
  version: z.string().describe('of the platform'),
  installation: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  /** `scrypt` salt when the contents are encrypted with a passphrase, base64. */
  salt: z.string().nullable(),
  /** Why the signing and sealing keys are missing; null when they are in. */
  keysLeftOut: z.string().nullable(),
  journal: z.object({
    entries: z.int(),
    root: z.string(),
    checkpoint: z.string().describe('signed note; empty when nothing was signed yet'),
  }),
  /** Migrations the tables had, in order. */
  migrations: z.array(z.object({ name: z.string(), sha256: z.string() })),
  tables: z.array(Count),
  events: z.array(
    z.object({
      table: z.string(),
      partition: z.string(),
      rows: z.int(),
      fingerprint: z.string(),
      sum: z.string(),
      /** Unchanged since the backup it builds on, whose files stand for it. */
      unchanged: z.boolean(),
    }),
  ),
  eventsLeftOut: z.string().nullable(),
  queue: z.enum(['copied', 'elsewhere']),
  /** Bytes that a restore needs, about. */
  bytesNeeded: z.int(),
  files: z.record(z.string(), z.object({ sha256: z.string(), bytes: z.int() })),
});
export type Manifest = z.infer<typeof Manifest>;

export const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const derive = promisify<string, Uint8Array, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
);

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** About 0.1 s and 64 MB for one try of a passphrase. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };

/** Turns contents into what is stored, and back. */
export interface Packing {
  /** Base64; null without a passphrase. */
  readonly salt: string | null;
  pack(name: string, content: Uint8Array): Promise<BackupFile>;
  /** @throws Error when the passphrase is wrong or the file was altered */
  unpack(file: BackupFile): Promise<Buffer>;
}

/** Compresses with zstd and, with a passphrase, encrypts with AES-256-GCM under a key derived by scrypt. */
export async function openPacking(passphrase: string | undefined, salt?: string | null): Promise<Packing> {
  if (passphrase === undefined) {
    return {
      salt: null,
      pack: async (name, content) => ({ name, content: await squeeze(content) }),
      unpack: ({ content }) => decompress(content),
    };
  }
  const saltBytes = salt ? Buffer.from(salt, 'base64') : randomBytes(16);
  const key = await derive(passphrase, saltBytes, KEY_BYTES, SCRYPT);
  return {
    salt: saltBytes.toString('base64'),
    async pack(name, content) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
      const body = Buffer.concat([cipher.update(await squeeze(content)), cipher.final()]);
      return { name, content: Buffer.concat([nonce, body, cipher.getAuthTag()]) };
    },
    async unpack({ name, content }) {
      const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
          .setAAD(Buffer.from(name))
          .setAuthTag(bytes.subarray(-TAG_BYTES));
        const body = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
        return await decompress(Buffer.concat([decipher.update(body), decipher.final()]));
      } catch (cause) {
        throw new Error(`${name} cannot be opened: the passphrase is another one, or the file was altered`, { cause });
      }
    },
  };
}

const squeeze = (content: Uint8Array): Promise<Buffer> =>
  compress(content, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
