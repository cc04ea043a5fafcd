import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { fromBase64, fromHex, toBase64, toHex } from './encoding.ts';
import {
  cosignedMessage,
  keyIdOf,
  type NoteKey,
  parseNote,
  parseVerifierKey,
  verifyNote,
  writeNote,
  writeVerifierKey,
} from './note.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const rawKey = (key: KeyObject): Uint8Array =>
  fromBase64((key.export({ format: 'jwk' }).x ?? '').replaceAll('-', '+').replaceAll('_', '/').padEnd(44, '=')) ??
  assert.fail();
const crypto = {
  sha256,
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    const x = toBase64(publicKey).replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, message, key, signature);
  },
};
const read = (text: string) => {
  const note = parseNote(text);
  return note.ok ? note.value : assert.fail(note.problem);
};

/** A signer with a fresh key. */
function signer(name: string, algorithm: NoteKey['algorithm'] = 'ed25519') {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key: NoteKey = { name, algorithm, publicKey: rawKey(publicKey) };
  return { key, keyId: keyIdOf(sha256, key), sign: (message: Uint8Array) => sign(null, message, privateKey) };
}

// The note of the tests of Go's checksum database, the origin of the format.
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_NOTE =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

// The example of C2SP tlog-cosignature.
const COSIGNED =
  'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
  '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n' +
  '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n';

test('a note signed by another implementation verifies, and its key is written back as it was read', () => {
  const key = parseVerifierKey(sha256, GO_KEY);
  assert.ok(key.ok);
  assert.equal(writeVerifierKey(sha256, key.value), GO_KEY);
  const note = read(GO_NOTE);
  assert.deepEqual(verifyNote(note, key.value, crypto), { state: 'valid' });
  assert.deepEqual(verifyNote({ ...note, text: note.text.replace('answer', 'Answer') }, key.value, crypto), {
    state: 'invalid',
  });
});

test('the checkpoint of the specification is read and written back byte for byte, cosignature included', () => {
  const note = read(COSIGNED);
  assert.equal(writeNote(note), COSIGNED);
  const checkpoint = parseCheckpoint(note.text);
  assert.ok(checkpoint.ok);
  assert.equal(checkpoint.value.origin, 'example.com/behind-the-sofa');
  assert.equal(checkpoint.value.size, 20_852_163);
  assert.equal(writeCheckpoint(checkpoint.value), note.text);
  assert.equal(note.signatures[1]?.name, 'witness.example.com/w1');
  assert.equal(note.signatures[1]?.signature.length, 72);
});

test('a signature of a key that shares only the name is absent, one that was tampered with is invalid', () => {
  const log = signer('example.test/log');
  const text = 'example.test/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n';
  const signature = log.sign(new TextEncoder().encode(text));
  const note = { text, signatures: [{ name: log.key.name, keyId: log.keyId, signature }] };
  assert.deepEqual(verifyNote(read(writeNote(note)), log.key, crypto), { state: 'valid' });
  assert.deepEqual(verifyNote(note, signer('example.test/log').key, crypto), { state: 'absent' });
  const short = { ...note, signatures: [{ name: log.key.name, keyId: log.keyId, signature: signature.slice(1) }] };
  assert.deepEqual(verifyNote(short, log.key, crypto), { state: 'invalid' });
});

test('a cosignature tells when its witness saw the tree, and fails when the time is changed', () => {
  const witness = signer('witness.example.test/w1', 'cosignature/v1');
  const text = 'example.test/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n';
  const seconds = 1_790_000_000n;
  const bytes = new Uint8Array(8 + 64);
  new DataView(bytes.buffer).setBigUint64(0, seconds);
  bytes.set(witness.sign(cosignedMessage(text, seconds)), 8);
  const signed = (signature: Uint8Array) => ({
    text,
    signatures: [{ name: witness.key.name, keyId: witness.keyId, signature }],
  });
  const result = verifyNote(signed(bytes), witness.key, crypto);
  assert.deepEqual(result, { state: 'valid', at: new Date(1_790_000_000_000) });
  const later = Uint8Array.from(bytes);
  later[7] = (later[7] ?? 0) + 1;
  assert.deepEqual(verifyNote(signed(later), witness.key, crypto), { state: 'invalid' });
  assert.deepEqual(verifyNote(signed(bytes.slice(0, 71)), witness.key, crypto), { state: 'invalid' });
});

test('a key whose id belongs to another name is refused, saying so', () => {
  const key = parseVerifierKey(sha256, GO_KEY.replace('PeterNeumann', 'PeterNewman'));
  assert.deepEqual(key, { ok: false, problem: 'the key id "c74f20a3" does not belong to this name and key' });
  for (const text of ['', 'name', 'name+00', 'a b+c74f20a3+AQ==', 'name+c74f20a3+////', 'name+c74f20a3+AQ==']) {
    assert.equal(parseVerifierKey(sha256, text).ok, false, text);
  }
});

test('malformed notes and checkpoints are refused with the line at fault', () => {
  const problem = (text: string): string => {
    const note = parseNote(text);
    return note.ok ? '' : note.problem;
  };
  assert.match(problem('text\n'), /empty line/);
  assert.match(problem('text\n\n— name ////'), /newline/);
  assert.match(problem('text\n\n- name AAAAAAA=\n'), /line 1/);
  assert.match(problem('text\n\n— name AAAAAAA=\n— name AAA\n'), /line 2/);
  assert.match(problem('te\txt\n\n— name AAAAAAA=\n'), /control character/);
  const fault = (text: string): string => {
    const checkpoint = parseCheckpoint(text);
    return checkpoint.ok ? '' : checkpoint.problem;
  };
  const root = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
  assert.match(fault(`\n1\n${root}\n`), /line 1/);
  assert.match(fault(`origin\n01\n${root}\n`), /line 2/);
  assert.match(fault(`origin\n99999999999999999999\n${root}\n`), /line 2/);
  assert.match(fault('origin\n1\nAAAA\n'), /line 3/);
  assert.match(fault(`origin\n1\n${root}\n\n`), /empty/);
  assert.throws(() => writeNote({ text: 'no newline', signatures: [] }), RangeError);
  assert.throws(() => writeCheckpoint({ origin: '', size: 0, root: new Uint8Array(32), extensions: [] }), RangeError);
});

test('reading never throws, and whatever is read is written back unchanged', () => {
  const mutated = fc
    .tuple(fc.constantFrom(COSIGNED, GO_NOTE), fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }), fc.nat(4))
    .map(([text, at, insert, drop]) => {
      const place = at % text.length;
      return text.slice(0, place) + insert + text.slice(place + drop);
    });
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), mutated), (text) => {
      const note = parseNote(text);
      if (!note.ok) return;
      assert.equal(writeNote(note.value), text);
      const checkpoint = parseCheckpoint(note.value.text);
      if (checkpoint.ok) assert.equal(writeCheckpoint(checkpoint.value), note.value.text);
    }),
    { numRuns: 2000 },
  );
});

test('reading a key never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
      parseVerifierKey(sha256, text);
      parseVerifierKey(sha256, `name+${text}`);
    }),
  );
});

test('hexadecimal and base64 are those of the platform, and base64 has one form for each value', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.equal(toHex(bytes), Buffer.from(bytes).toString('hex'));
      assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
      assert.deepEqual(fromHex(toHex(bytes)), bytes);
      assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
    }),
  );
  for (const text of ['A', 'AA', 'AA=', 'AB==', 'AAB=', 'AA==AA==', 'A A=', '=AAA']) {
    assert.equal(fromBase64(text), undefined, text);
  }
  assert.equal(fromHex('0g'), undefined);
  assert.equal(fromHex('0'), undefined);
});
