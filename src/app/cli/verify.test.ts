import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { verifyCommand } from './verify.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-verify-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const io = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) };
  const code = await verifyCommand.run(args, io);
  return { code, text: lines.join('\n') };
}

const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const HEADING =
  '{"exportedAt":"2026-03-02T02:00:00.000Z","format":1,"kind":"journal","origin":"o","scope":"/","verifierKey":null}';

async function file(name: string, ...lines: string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.join('\n'));
  return path;
}

test('a whole file fits, a file that was cut off does not', async () => {
  const whole = await file('whole', HEADING, `{"kind":"end","root":"${EMPTY_ROOT}","size":0}`, '');
  assert.deepEqual(await run(whole), {
    code: 0,
    text:
      'FITS: 0 entries, 0 of them known by their hash only\n' +
      `  0 signed checkpoint(s) cover the first 0; root ${EMPTY_ROOT}`,
  });
  const cut = await run(await file('cut', HEADING));
  assert.equal(cut.code, 1);
  assert.match(cut.text, /DOES NOT FIT: the line that ends the journal is missing/);
});

test('what is no journal is named with its line', async () => {
  const { code, text } = await run(await file('other', HEADING, 'hello'));
  assert.equal(code, 1);
  assert.match(text, /line 2 is not JSON/);
});

test('a missing file, no file and a wrong key are refused before anything is read', async () => {
  assert.equal((await run()).code, 2);
  assert.match((await run(join(folder, 'nowhere'))).text, /does not exist/);
  await assert.rejects(run(await file('f', HEADING), '--key', 'nonsense'), /--key: the key must have the form/);
});
