import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { PERMISSIONS } from '#domain/identity/permissions.ts';
import { damageOf } from '#engine/formats/received.ts';
import { faultsOf } from '#platform/input.ts';
import { problemKey } from '../../web/src/pages/telemetry/problems/problem-keys.ts';
import { runProblem } from '../../web/src/pages/telemetry/saved/run-problem.ts';

const SOURCE = fileURLToPath(new URL('../../web/src', import.meta.url));

interface Texts {
  readonly [key: string]: string | Texts;
}

interface Slice {
  readonly name: string;
  readonly texts: { readonly zh: Texts; readonly en: Texts };
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' });

async function slices(): Promise<readonly Slice[]> {
  const found = files.filter((file) => basename(file) === 'texts.ts');
  return Promise.all(
    found.map(async (file): Promise<Slice> => {
      const module: { texts: Slice['texts'] } = await import(pathToFileURL(join(SOURCE, file)).href);
      return { name: basename(dirname(file)), texts: module.texts };
    }),
  );
}

/** `{ a: { b: 'x' } }` → `a.b` with its text. Reasons of errors have dots of their own. */
function flat(texts: Texts, prefix = ''): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') result.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) result.set(inner, text);
  }
  return result;
}

const placeholders = (text: string): readonly string[] =>
  [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name]) => name ?? '').sort();

test('every text exists in Chinese and in English, with the same placeholders', async () => {
  for (const { name, texts } of await slices()) {
    const [zh, en] = [flat(texts.zh), flat(texts.en)];
    assert.deepEqual([...en.keys()].sort(), [...zh.keys()].sort(), `keys of ${name}`);
    for (const [key, text] of zh) {
      assert.deepEqual(placeholders(en.get(key) ?? ''), placeholders(text), `placeholders of ${name}.${key}`);
    }
  }
});

test('no Chinese text is left in English, and nothing is empty', async () => {
  for (const { name, texts } of await slices()) {
    for (const [key, text] of flat(texts.zh)) assert.notEqual(text.trim(), '', `${name}.${key} is empty in Chinese`);
    for (const [key, text] of flat(texts.en)) {
      assert.notEqual(text.trim(), '', `${name}.${key} is empty in English`);
      // The name of the other language is written in that language.
      assert.doesNotMatch(text.replace('中文', ''), /\p{Script=Han}/u, `${name}.${key} is Chinese in English`);
    }
  }
});

test('every verb of the journal has words', async () => {
  const parts = (await slices()).find(({ name }) => name === 'parts');
  assert.ok(parts);
  const words = flat(parts.texts.zh);
  const quiet = /\.(read|search)$/;
  const missing = PERMISSIONS.filter((verb) => !quiet.test(verb) && !words.has(`verb.${verb}`));
  assert.deepEqual(missing, []);
});

test('every problem that is noted with an event has words', async () => {
  const problems = (await slices()).find(({ name }) => name === 'problems');
  assert.ok(problems);
  const words = flat(problems.texts.zh);
  const formats = fileURLToPath(new URL('../../src/engine/formats', import.meta.url));
  const sources = readdirSync(formats).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const texts = sources.map((file) => readFileSync(join(formats, file), 'utf8'));
  const noted = texts.flatMap((text) => [
    ...text.matchAll(/(?:problems\.push\(|reportOnce\([\w.#]+, |\.\.\.problems, )(['`])(.+?)\1/g),
  ]);
  assert.ok(noted.length > 15);
  const sentences = [
    ...noted.map(([, , sentence = '']) => sentence.replaceAll(/\$\{[^}]+\}/g, '7')),
    'no source knows this text',
    'not a text of the configured source "linux-sshd"',
    ...['latin1', 'utf-8 ff@7', ''].map((encoding) => damageOf({ text: '"\\udcff"', encoding })),
  ];
  for (const sentence of sentences) {
    const known = problemKey(sentence);
    assert.ok(known && words.has(known.key), sentence);
  }
});

test('every way in which a scheduled search may fail has words', async () => {
  const saved = (await slices()).find(({ name }) => name === 'saved');
  assert.ok(saved);
  const words = flat(saved.texts.zh);
  const noted = [
    'domain/telemetry/search/scheduled.ts',
    'domain/telemetry/search/sql.ts',
    'platform/eventstore/scoped.ts',
  ]
    .concat('platform/eventstore/embedded.ts')
    .map((file) => readFileSync(fileURLToPath(new URL(`../../src/${file}`, import.meta.url)), 'utf8'))
    .flatMap((text) => [
      ...text.matchAll(
        /(?:public: |sentence = |\.public : |\? |invalid\(\s*)(['`])((?:nothing|the search|Character|The search|The event|Too many).+?)\1/g,
      ),
    ]);
  assert.equal(noted.length, 7);
  for (const [, , sentence = ''] of noted) {
    const known = runProblem(sentence.replaceAll(/\$\{[^}]+\}/g, '7'));
    assert.ok(known && words.has(`problem.${known.key}`), sentence);
  }
});

test('every text that a page asks for by name exists', async () => {
  const known = new Set<string>();
  // `found_one` and `found_other` are asked for as `found` with a count.
  const asked = (key: string) => key.replace(/_(one|other)$/, '');
  for (const { name, texts } of await slices())
    for (const key of flat(texts.zh).keys()) known.add(`${name}.${asked(key)}`);
  const missing: string[] = [];
  for (const file of files.filter((name) => /\.tsx?$/.test(name) && basename(name) !== 'texts.ts')) {
    const source = readFileSync(join(SOURCE, file), 'utf8');
    for (const [, key = ''] of source.matchAll(/(?:\bt\(|\btitle: )'([a-z]\w*(?:\.\w+)+)'/g)) {
      if (!known.has(key)) missing.push(`${file}: ${key}`);
    }
  }
  assert.deepEqual(missing, []);
});

/** Reasons that no page of the console comes to show, and why. */
const NOT_SHOWN: Readonly<Record<string, string>> = {
  'session.totp_required': 'the form then asks for the code',
  'detection.partition.lost': 'between processes',
};

/** The whole of each call that begins at a match, to its closing bracket. */
function calls(text: string, beginning: RegExp): string[] {
  return [...text.matchAll(beginning)].map(({ index, 0: begun }) => {
    let open = 1;
    let end = index + begun.length;
    for (; end < text.length && open > 0; end += 1) {
      if (text[end] === '(') open += 1;
      if (text[end] === ')') open -= 1;
    }
    return text.slice(index, end);
  });
}

test('every reason for which the platform refuses something has words', async () => {
  const known = new Set((await slices()).flatMap(({ texts }) => Object.keys(texts.zh.reasons ?? {})));
  const source = fileURLToPath(new URL('../../src', import.meta.url));
  const missing = new Set<string>();
  let seen = 0;
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const text = readFileSync(join(source, file), 'utf8');
    for (const call of calls(text, /\b(?:conflict|invalid|new AppError)\(/g)) {
      const named = [
        ...call.matchAll(/reason: '([a-z_]+(?:\.[a-z_]+)+)'/g),
        ...call.matchAll(/,\s*'([a-z_]+(?:\.[a-z_]+)+)',?\s*\)$/g),
      ];
      seen += named.length;
      for (const [, reason = ''] of named) if (!known.has(reason) && !(reason in NOT_SHOWN)) missing.add(reason);
    }
  }
  assert.ok(seen > 150, `only ${seen} reasons were found`);
  assert.deepEqual([...missing].sort(), []);
});

test('every way in which what was typed may not fit has words', async () => {
  const shell = (await slices()).find(({ name }) => name === 'shell');
  const known = flat(shell?.texts.zh ?? {});
  const given = [
    parse(z.string(), 1),
    parse(z.string().min(2).max(3), 'x'),
    parse(z.string().max(3), 'long'),
    parse(z.enum(['a', 'b']), 'c'),
    parse(z.uuid(), 'x'),
    parse(z.strictObject({}), { a: 1 }),
  ];
  const missing = given.flat().filter((reason) => !known.has(`reasons.${reason}`));
  assert.equal(new Set(given.flat()).size, 6);
  assert.deepEqual(missing, []);
});

function parse(schema: z.ZodType, input: unknown): string[] {
  const { error } = schema.safeParse(input);
  return error === undefined ? [] : faultsOf(error).map(({ reason = '' }) => reason);
}
