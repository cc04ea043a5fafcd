import { fromBase64, fromHex, toBase64, toHex } from './encoding.ts';
import type { Sha256 } from './tree.ts';

/** One signature line of a signed note, as it stands there: not yet verified. */
interface NoteSignature {
  readonly name: string;
  /** First four bytes of the hash of name, algorithm and key: a hint which key to verify with. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** Text with signatures below it: C2SP signed-note v1.0.0. */
export interface SignedNote {
  /** Ends with a newline, which belongs to what is signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** The public key of a signer, under its name. */
export interface NoteKey {
  readonly name: string;
  readonly algorithm: NoteAlgorithm;
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Uint8Array;
}

/** Signature types of signed-note: plain Ed25519, and the time-stamped cosignature of a witness. */
type NoteAlgorithm = 'ed25519' | 'cosignature/v1';

/** Verifies an Ed25519 signature (RFC 8032). Must return false, not throw, for a key that is no point of the curve. */
export type Ed25519Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: string };

const ALGORITHM_BYTE: Readonly<Record<NoteAlgorithm, number>> = { ed25519: 0x01, 'cosignature/v1': 0x04 };
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const NOTE_BYTES_MAX = 1_000_000;
const SIGNATURES_MAX = 100;
const KEY_NAME = /^[^\s+\p{Cc}]+$/u;

const failed = (problem: string): { readonly ok: false; readonly problem: string } => ({ ok: false, problem });

/** Whether a name may stand in a signature line: not empty, no space of any kind, no plus. */
export const isKeyName = (name: string): boolean => KEY_NAME.test(name);

/** SHA-256(name, newline, algorithm byte, public key), the first four bytes. */
export function keyIdOf(sha256: Sha256, key: NoteKey): Uint8Array {
  const name = new TextEncoder().encode(`${key.name}\n`);
  const bytes = new Uint8Array(name.length + 1 + key.publicKey.length);
  bytes.set(name);
  bytes[name.length] = ALGORITHM_BYTE[key.algorithm];
  bytes.set(key.publicKey, name.length + 1);
  return sha256(bytes).slice(0, 4);
}

/** The one-line form of a public key: `name+keyid+base64(algorithm byte, key)`. */
export function writeVerifierKey(sha256: Sha256, key: NoteKey): string {
  const material = Uint8Array.from([ALGORITHM_BYTE[key.algorithm], ...key.publicKey]);
  return `${key.name}+${toHex(keyIdOf(sha256, key))}+${toBase64(material)}`;
}

/** Reads what `writeVerifierKey` writes. The key id must belong to the name and the key. */
export function parseVerifierKey(sha256: Sha256, text: string): Parsed<NoteKey> {
  const [name, id, encoded] = splitVerifierKey(text.trim());
  if (!isKeyName(name)) return failed('the key must have the form name+keyid+base64, with a name without spaces');
  const material = fromBase64(encoded);
  const algorithm = material === undefined ? undefined : algorithmOf(material[0]);
  if (material === undefined || algorithm === undefined) {
    return failed('the last part of the key must be base64 of an Ed25519 key (type 1 or 4)');
  }
  if (material.length !== 1 + PUBLIC_KEY_BYTES) return failed('an Ed25519 public key has 32 bytes');
  const key: NoteKey = { name, algorithm, publicKey: material.slice(1) };
  const keyId = fromHex(id);
  if (keyId === undefined || toHex(keyId) !== toHex(keyIdOf(sha256, key))) {
    return failed(`the key id "${id}" does not belong to this name and key`);
  }
  return { ok: true, value: key };
}

/** Base 64 may hold a plus: only the first two separate. */
function splitVerifierKey(text: string): [name: string, id: string, encoded: string] {
  const first = text.indexOf('+');
  const second = first < 0 ? -1 : text.indexOf('+', first + 1);
  if (second < 0) return ['', '', ''];
  return [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

const algorithmOf = (byte: number | undefined): NoteAlgorithm | undefined =>
  byte === ALGORITHM_BYTE.ed25519
    ? 'ed25519'
    : byte === ALGORITHM_BYTE['cosignature/v1']
      ? 'cosignature/v1'
      : undefined;

/** @throws RangeError when the text cannot be a note's: it must end with a newline and hold no control character */
export function writeNote(note: SignedNote): string {
  if (hasControlCharacter(note.text) || !note.text.endsWith('\n')) {
    throw new RangeError('the text of a note must end with a newline and hold no control character');
  }
  const lines = note.signatures.map(({ name, keyId, signature }) => {
    if (!isKeyName(name)) throw new RangeError(`"${name}" is no name of a key: it is empty or holds a space or plus`);
    return `— ${name} ${toBase64(Uint8Array.from([...keyId, ...signature]))}\n`;
  });
  return `${note.text}\n${lines.join('')}`;
}

/** Reads a signed note. Signatures of unknown algorithms are kept as they are. Verifies nothing. */
export function parseNote(text: string): Parsed<SignedNote> {
  if (text.length > NOTE_BYTES_MAX) return failed('a note of more than 1 000 000 characters is not read');
  if (hasControlCharacter(text) || !text.isWellFormed()) return failed('a note holds no control character but newline');
  const blank = text.lastIndexOf('\n\n');
  if (blank < 0) return failed('a note has an empty line between its text and its signatures');
  if (!text.endsWith('\n')) return failed('the last line of a note ends with a newline');
  const lines = text.slice(blank + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) return failed(`a note of more than ${SIGNATURES_MAX} signatures is not read`);
  const signatures: NoteSignature[] = [];
  for (const [at, line] of lines.entries()) {
    const signature = parseSignatureLine(line);
    if (signature === undefined) return failed(`signature line ${at + 1} must be "— name base64"`);
    signatures.push(signature);
  }
  return { ok: true, value: { text: text.slice(0, blank + 1), signatures } };
}

function parseSignatureLine(line: string): NoteSignature | undefined {
  const [dash, name, encoded, ...more] = line.split(' ');
  if (dash !== '—' || name === undefined || encoded === undefined || more.length > 0 || !isKeyName(name))
    return undefined;
  const bytes = fromBase64(encoded);
  if (bytes === undefined || bytes.length < 5) return undefined;
  return { name, keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
}

function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}

/** What a signature by a known key turned out to be. A cosignature tells when its witness saw the tree. */
export type SignatureResult =
  | { readonly state: 'valid'; readonly at?: Date }
  | { readonly state: 'invalid' }
  | { readonly state: 'absent' };

/**
 * Looks for the signature of one known key and verifies it. A note counts as signed by the key only when the answer is
 * `valid`; signatures of other keys are ignored, as the specification demands.
 */
export function verifyNote(
  note: SignedNote,
  key: NoteKey,
  crypto: { readonly sha256: Sha256; readonly verify: Ed25519Verify },
): SignatureResult {
  const keyId = toHex(keyIdOf(crypto.sha256, key));
  const line = note.signatures.find(({ name, keyId: id }) => name === key.name && toHex(id) === keyId);
  if (line === undefined) return { state: 'absent' };
  if (key.algorithm === 'cosignature/v1') return verifyCosignature(note, key, line.signature, crypto.verify);
  if (line.signature.length !== SIGNATURE_BYTES) return { state: 'invalid' };
  const valid = crypto.verify(key.publicKey, new TextEncoder().encode(note.text), line.signature);
  return { state: valid ? 'valid' : 'invalid' };
}

/** C2SP tlog-cosignature: eight bytes of POSIX seconds, then Ed25519 over a header, the time and the note's text. */
function verifyCosignature(note: SignedNote, key: NoteKey, bytes: Uint8Array, verify: Ed25519Verify): SignatureResult {
  if (bytes.length !== 8 + SIGNATURE_BYTES) return { state: 'invalid' };
  const seconds = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return { state: 'invalid' };
  const valid = verify(key.publicKey, cosignedMessage(note.text, seconds), bytes.slice(8));
  return valid ? { state: 'valid', at } : { state: 'invalid' };
}

/** What a witness signs: header line, time line, text of the note. */
export const cosignedMessage = (text: string, seconds: bigint): Uint8Array =>
  new TextEncoder().encode(`cosignature/v1\ntime ${seconds}\n${text}`);
