import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, posix, relative, resolve } from 'node:path';
import test from 'node:test';
import { modules } from '#app/modules.ts';

const ROOT = resolve(import.meta.dirname, '..');
const LINES_MAX = 400;

/** Packages that only one folder may import; anything else may not use them. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  kysely: ['src/platform/', 'src/domain/'],
  '@electric-sql/pglite': ['src/platform/postgres/'],
  pg: ['src/platform/postgres/'],
  'pg-boss': ['src/platform/jobs/'],
  '@nats-io/transport-node': ['src/platform/queue/'],
  '@nats-io/jetstream': ['src/platform/queue/'],
  '@nats-io/kv': ['src/platform/queue/'],
  chdb: ['src/platform/eventstore/'],
  '@clickhouse/client': ['src/platform/eventstore/'],
  fastify: ['src/platform/http/', 'src/app/'],
  '@fastify/cookie': ['src/platform/http/'],
  '@fastify/multipart': ['src/platform/http/'],
  '@fastify/static': ['src/platform/http/'],
  '@fastify/swagger': ['src/platform/http/'],
  '@fastify/swagger-ui': ['src/platform/http/'],
  '@fastify/rate-limit': ['src/platform/http/'],
  'fastify-type-provider-zod': ['src/platform/http/'],
  pino: ['src/platform/'],
  otplib: ['src/domain/identity/'],
  docx: ['src/domain/orders/'],
  'hyparquet-writer': ['src/platform/'],
  hucre: ['src/platform/', 'src/domain/ledger/', 'src/domain/vulnerabilities/read/'],
  'pinyin-pro': ['src/platform/'],
  saxes: ['src/domain/vulnerabilities/read/'],
  '@platformatic/kafka': ['src/domain/telemetry/'],
  '@bufbuild/protobuf': ['src/domain/telemetry/'],
  yauzl: ['src/domain/telemetry/', 'src/domain/vulnerabilities/read/'],
  yaml: ['src/engine/sigma/'],
};

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

/** Files that are written by a program or are data, not by hand as code. */
const isGenerated = (path: string): boolean =>
  /\.gen\.ts$|\.snapshot\.sql$|^openapi\.json$|package-lock\.json$|\/samples\/|\.map\.json$|^content\/standards\/.*\.json$|^docs\/reference\//.test(
    path,
  );

function filesOfProject(): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(ROOT, path)));
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|(?:^|\n)\s*import\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Imports that are gone when the program runs. */
const TYPES_ONLY = /(?:^|\n)\s*(?:import|export)\s+type\s[^'"]*?from\s+['"][^'"]+['"];?/g;

/** Resolves an import to a path of the project, or to `package:name`, or to `node:name`. */
function target(from: string, specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  if (specifier.startsWith('#')) return `${from.startsWith('web/') ? 'web/' : ''}src/${specifier.slice(1)}`;
  if (specifier.startsWith('.')) return posix.normalize(posix.join(dirname(from), specifier));
  const parts = specifier.split('/');
  return `package:${specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]}`;
}

const files = filesOfProject();
const sources: Source[] = files
  .filter((path) => ['.ts', '.tsx'].includes(extname(path)))
  .map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const imports = [...text.matchAll(IMPORT)].map((match) => target(path, match[1] ?? match[2] ?? match[3] ?? ''));
    return { path, text, imports };
  });
const production = sources.filter(({ path }) => !/\.test\.tsx?$|\.spec\.ts$/.test(path));
const under = (folder: string) => production.filter(({ path }) => path.startsWith(folder));

function check(rule: string, breaches: readonly string[]): void {
  assert.deepEqual(breaches, [], `${rule} (see ARCHITECTURE.md):\n${breaches.join('\n')}`);
}

/** Tells which of a file's imports break a rule. */
const breachesOf = (list: readonly Source[], refuses: (from: string, to: string) => boolean): string[] =>
  list.flatMap(({ path, imports }) => imports.filter((to) => refuses(path, to)).map((to) => `${path} imports ${to}`));

test('the engine is pure: no Node built-ins, no package but the YAML reader, nothing above it', () => {
  const allowed = (to: string) => to.startsWith('src/engine/') || to === 'package:yaml';
  check(
    'engine imports engine only',
    breachesOf(under('src/engine/'), (_from, to) => !allowed(to)),
  );
});

test('inside the engine imports go downwards only', () => {
  const level: Record<string, number> = {
    fields: 0,
    identifiers: 0,
    merkle: 0,
    formats: 1,
    condition: 1,
    sensitive: 1,
    clocks: 1,
    workflow: 1,
    versions: 1,
    vulnerability: 1,
    grading: 2,
    identity: 2,
    sigma: 2,
    search: 2,
  };
  const folderOf = (path: string) => path.split('/')[2] ?? '';
  check(
    'engine layers',
    breachesOf(under('src/engine/'), (from, to) => {
      if (!to.startsWith('src/engine/') || folderOf(from) === folderOf(to)) return false;
      return (level[folderOf(to)] ?? 99) >= (level[folderOf(from)] ?? -1);
    }),
  );
});

test('the platform knows nothing of security: it imports itself and packages', () => {
  check(
    'platform',
    breachesOf(under('src/platform/'), (_from, to) => to.startsWith('src/') && !to.startsWith('src/platform/')),
  );
});

/** The door of a slice, and the narrow one for threads. */
const DOORS = ['index.ts', 'reading.ts'];

test('a slice reaches another only through its door and along a declared edge', () => {
  const uses = new Map(modules.map(({ slice, uses: edges }) => [slice.name, new Set(edges)]));
  const sliceOf = (path: string) => path.split('/')[2] ?? '';
  check(
    'slices',
    breachesOf(under('src/domain/'), (from, to) => {
      if (to.startsWith('src/app/') || to.startsWith('web/') || to.startsWith('test/')) return true;
      if (!to.startsWith('src/domain/') || sliceOf(from) === sliceOf(to)) return false;
      const isDoor = DOORS.some((door) => to === `src/domain/${sliceOf(to)}/${door}`);
      return !isDoor || !uses.get(sliceOf(from))?.has(sliceOf(to));
    }),
  );
});

test('a thread loads no wide door: it holds in its own memory all that it imports', () => {
  const byPath = new Map(production.map((source) => [source.path, source]));
  const threads = under('src/').filter(({ path }) => /(^|[/-])(worker|thread)\.ts$/.test(path));
  const breaches = threads.flatMap(({ path }) => {
    const reached = new Set<string>([path]);
    for (const from of reached) {
      const loaded = (byPath.get(from)?.text ?? '').replaceAll(TYPES_ONLY, '').matchAll(IMPORT);
      for (const match of loaded) reached.add(target(from, match[1] ?? match[2] ?? match[3] ?? ''));
    }
    return [...reached].filter((to) => /^src\/domain\/\w+\/index\.ts$/.test(to)).map((to) => `${path} reaches ${to}`);
  });
  assert.ok(threads.length >= 4, 'threads are known by their names');
  check('threads', breaches);
});

test('the edges between slices have no cycle', () => {
  const uses = new Map(modules.map(({ slice, uses: edges }) => [slice.name, edges]));
  const visit = (name: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(name), `cycle: ${[...trail, name].join(' → ')}`);
    for (const next of uses.get(name) ?? []) visit(next, [...trail, name]);
  };
  for (const name of uses.keys()) visit(name, []);
});

test('every slice folder is in the list of modules, and every module has its folder', () => {
  const folders = new Set(under('src/domain/').map(({ path }) => path.split('/')[2] ?? ''));
  assert.deepEqual([...folders].sort(), modules.map(({ slice }) => slice.name).sort());
});

test('content imports the engine only', () => {
  check(
    'content',
    breachesOf(under('content/'), (_from, to) => !to.startsWith('src/engine/') && !to.startsWith('content/')),
  );
});

test('nothing imports app, and the console imports nothing outside web', () => {
  const server = production.filter(({ path }) => path.startsWith('src/') && !path.startsWith('src/app/'));
  check(
    'app',
    breachesOf(server, (_from, to) => to.startsWith('src/app/')),
  );
  check(
    'web',
    breachesOf(under('web/src/'), (_from, to) => !to.startsWith('web/') && !to.startsWith('package:')),
  );
});

test('the console shows times in the zone of the platform: what knows the zone of the browser only serves pickers', () => {
  const homes = /^web\/src\/(parts\/(moment|day)-input|shell\/theme-provider)\.tsx$/;
  const ofBrowser = /from 'dayjs'|\.toLocale(Date|Time)String\(|\.get(Hours|Minutes|Date|Month|FullYear)\(/;
  const found = under('web/src/').filter(
    ({ path }) => !homes.test(path) && ofBrowser.test(readFileSync(join(ROOT, path), 'utf8')),
  );
  assert.deepEqual(
    found.map(({ path }) => path),
    [],
  );
});

test('each package is used in its one folder', () => {
  const serverSide = production.filter(({ path }) => path.startsWith('src/') || path.startsWith('content/'));
  check(
    'packages',
    breachesOf(serverSide, (from, to) => {
      if (!to.startsWith('package:')) return false;
      const homes = PACKAGE_HOMES[to.slice('package:'.length)];
      return homes !== undefined && !homes.some((home) => from.startsWith(home));
    }),
  );
});

test('no file grows past the limit', () => {
  const long = files
    .filter((path) => /\.(ts|tsx|sql|md|yml|css)$/.test(path) && !isGenerated(path))
    .map((path) => ({ path, lines: readFileSync(join(ROOT, path), 'utf8').split('\n').length }))
    .filter(({ lines }) => lines > LINES_MAX);
  check(
    `files of at most ${LINES_MAX} lines`,
    long.map(({ path, lines }) => `${path}: ${lines} lines`),
  );
});

test('no path uses a word that says nothing', () => {
  const words = /(^|[/.-])(utils?|helpers?|common|shared|misc|manager|base|impl)([/.-]|$)/i;
  check(
    'forbidden words',
    files.filter((path) => words.test(path)),
  );
});

/** The ratchet stands at zero: these may not appear at all. */
const RATCHET: readonly [RegExp, string][] = [
  [/\bas unknown as\b/, 'a cast through unknown'],
  [/@ts-(ignore|expect-error|nocheck)/, 'a silenced type error'],
  [/biome-ignore/, 'a silenced lint'],
  [/\b(test|it|describe)\.(skip|only|todo)\(/, 'a test switched off'],
  [/\b(TODO|FIXME|XXX|HACK)\b/, 'work left in a comment'],
  [/\/work\/|\/tmp\/bash/, 'a path of one machine'],
];

test('the ratchet stays at zero', () => {
  const self = relative(ROOT, import.meta.filename);
  const breaches = sources
    .filter(({ path }) => path !== self && !isGenerated(path))
    .flatMap(({ path, text }) =>
      RATCHET.filter(([pattern]) => pattern.test(text)).map(([, what]) => `${path}: ${what}`),
    );
  check('ratchet', breaches);
});
