import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, parseCheckpoint, writeCheckpoint } from '#engine/merkle/checkpoint.ts';
import { rootOf } from '#engine/merkle/frontier.ts';
import { keyIdOf, type NoteKey, parseNote, verifyNote, writeNote, writeVerifierKey } from '#engine/merkle/note.ts';
import { consistencyRanges, proofOf, verifyConsistency } from '#engine/merkle/proofs.ts';
import { type Config, sharedDirOf } from '#platform/config.ts';
import type { Ctx } from '#platform/context.ts';
import { sha256 } from '#platform/crypto/digest.ts';
import { openSigningKey, readSigningKey, type SigningKey, verifyEd25519 } from '#platform/crypto/signing-key.ts';
import { hasher } from './entry.ts';
import { originOf } from './origin.ts';
import { insertCheckpoint, readHead, readSubtrees, type StoredCheckpoint } from './store.ts';

/** Signs checkpoints, and never one that contradicts what it signed before. */
export interface Signer {
  readonly key: NoteKey;
  /**
   * Signs the head when it moved since the last time.
   *
   * @returns whether there is a new checkpoint
   * @throws JournalContradiction when the journal no longer contains what was signed before
   */
  sign(ctx: Ctx): Promise<boolean>;
}

/** The journal in the database is not the continuation of the one that was signed: restored, rewritten or cut. */
export class JournalContradiction extends Error {
  constructor(sentence: string) {
    super(`${sentence}: nothing more is signed. Run "tongan verify" and bring the right database back from a backup`);
    this.name = 'JournalContradiction';
  }
}

/** The folder of the key and of the last signed checkpoint, which the database's administrator need not reach. */
const keyFolder = (config: Config): string => join(sharedDirOf(config), 'keys');
export const keyFile = (config: Config): string => join(keyFolder(config), 'journal.pem');
const lastSignedFile = (config: Config): string => join(keyFolder(config), 'journal.checkpoint');

const noteKeyOf = (config: Config, key: SigningKey): NoteKey => ({
  name: originOf(config),
  algorithm: 'ed25519',
  publicKey: key.publicKey,
});

/** The public key that belongs to this installation, or undefined where the key is not in this data folder. */
export async function installationKey(config: Config): Promise<NoteKey | undefined> {
  const key = await readSigningKey(keyFile(config));
  return key ? noteKeyOf(config, key) : undefined;
}

/** The checkpoint signed last, as this data folder remembers it. */
export async function lastSigned(config: Config): Promise<string | undefined> {
  try {
    return await readFile(lastSignedFile(config), 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

/** Opens the signer; makes its key at the first start. @throws Error about the key, with how to mend it */
export async function openSigner(config: Config): Promise<Signer> {
  const signingKey = await openSigningKey(keyFile(config));
  const key = noteKeyOf(config, signingKey);
  const remembered = await lastSigned(config);
  let last = remembered === undefined ? undefined : readSigned(remembered, key);
  return {
    key,
    async sign(ctx) {
      const next = await ctx.read(async (db) => {
        const head = await readHead(db);
        const root = rootOf(hasher, head);
        const before = last ?? { size: 0, root: hasher.empty };
        if (head.size < before.size) {
          throw new JournalContradiction(`the journal has ${head.size} entries, ${before.size} were signed`);
        }
        const ranges = consistencyRanges(before.size, head.size);
        const proof = proofOf(hasher, ranges, await readSubtrees(db, ranges));
        const claim = { first: before.size, second: head.size, firstRoot: before.root, secondRoot: root, proof };
        if (!verifyConsistency(hasher, claim)) {
          throw new JournalContradiction(`the journal does not contain the ${before.size} entries that were signed`);
        }
        return { origin: key.name, size: head.size, root, extensions: [] } satisfies Checkpoint;
      });
      if (next.size === (last?.size ?? 0)) return false;
      const signed = signCheckpoint(next, key, signingKey);
      // First what keeps us from ever signing otherwise, then what others read.
      await writeDurably(lastSignedFile(config), signed);
      last = next;
      await keep(ctx, next.size, signed, key);
      return true;
    },
  };
}

function signCheckpoint(checkpoint: Checkpoint, key: NoteKey, signingKey: SigningKey): string {
  const text = writeCheckpoint(checkpoint);
  const signature = signingKey.sign(new TextEncoder().encode(text));
  return writeNote({ text, signatures: [{ name: key.name, keyId: keyIdOf(sha256, key), signature }] });
}

/** @throws Error when the remembered checkpoint is not one that this key signed */
function readSigned(text: string, key: NoteKey): Checkpoint {
  const note = parseNote(text);
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note;
  const signed = note.ok && verifyNote(note.value, key, { sha256, verify: verifyEd25519 }).state === 'valid';
  if (!checkpoint.ok || !signed) {
    throw new Error(
      'the last signed checkpoint in the folder of keys is not one of this key: was "installation" renamed? ' +
        'Bring keys/journal.checkpoint and keys/journal.pem back from one backup',
    );
  }
  return checkpoint.value;
}

const keep = (ctx: Ctx, size: number, text: string, key: NoteKey): Promise<void> =>
  ctx.transaction((tx) => {
    const checkpoint: StoredCheckpoint = {
      size,
      signedAt: ctx.clock.now(),
      text,
      verifierKey: writeVerifierKey(sha256, key),
    };
    return insertCheckpoint(tx.db, checkpoint);
  });

/** After a power failure there is either the old file or the new one. */
async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
