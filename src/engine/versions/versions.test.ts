import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { matchCpe, parseCpe } from './cpe.ts';
import { compareDebVersions } from './dpkg.ts';
import { compareVersions, epochsDiffer, releaseLine } from './order.ts';
import { parsePurl } from './purl.ts';
import { compareRpmParts, compareRpmVersions } from './rpm.ts';

type Case = readonly [string, '<' | '=' | '>', string];

function check(compare: (left: string, right: string) => number, cases: readonly Case[]): void {
  const sign = { '<': -1, '=': 0, '>': 1 } as const;
  for (const [left, relation, right] of cases) {
    assert.equal(compare(left, right), sign[relation], `${left} ${relation} ${right}`);
    assert.equal(compare(right, left) + 0, -sign[relation] + 0, `${right} against ${left}`);
  }
}

test('Debian versions: epoch, tilde before everything, letters before signs, numbers by number', () => {
  check(compareDebVersions, [
    ['1.0', '=', '1.0-0'],
    ['1.0', '<', '1.0-1'],
    ['1:0.1', '>', '2.0'],
    ['0:1.0', '=', '1.0'],
    ['1.0~rc1', '<', '1.0'],
    ['1.0~~', '<', '1.0~'],
    ['1.0~~a', '<', '1.0~'],
    ['1.0a', '<', '1.0+'],
    ['1.0', '<', '1.0a'],
    ['1.9', '<', '1.10'],
    ['1.001', '=', '1.1'],
    ['7.4p1-10+deb9u7', '<', '7.4p1-10+deb9u8'],
    ['1.1.1n-0+deb11u4', '<', '1.1.1n-0+deb11u5'],
    ['1.18-1~bpo11+1', '<', '1.18-1'],
    ['1.18-1~bpo11+1', '>', '1.17-3'],
    ['2.4.57-2', '<', '2.4.57-2+deb12u1'],
    ['99999999999999999999999', '>', '99999999999999999999998'],
  ]);
});

test('RPM versions: separators do not count, tilde and caret, numbers newer than words', () => {
  check(compareRpmParts, [
    ['1.0', '=', '1.0'],
    ['1.0', '<', '2.0'],
    ['2.0.1', '>', '2.0'],
    ['2.0.1a', '>', '2.0.1'],
    ['5.5p1', '<', '5.5p2'],
    ['5.5p10', '>', '5.5p1'],
    ['10xyz', '<', '10.1xyz'],
    ['xyz10', '<', 'xyz10.1'],
    ['xyz.4', '<', '8'],
    ['5.5p2', '<', '5.6p1'],
    ['6.0.rc1', '>', '6.0'],
    ['10b2', '>', '10a1'],
    ['1.0aa', '>', '1.0a'],
    ['10.0001', '=', '10.1'],
    ['4.999.9', '<', '5.0'],
    ['20101121', '<', '20101122'],
    ['2_0', '=', '2.0'],
    ['a', '<', '1'],
    ['1.0~rc1', '<', '1.0'],
    ['1.0~rc1~git123', '<', '1.0~rc1'],
    ['1.0^', '>', '1.0'],
    ['1.0^git1', '>', '1.0'],
    ['1.0^git1', '<', '1.0^git2'],
    ['1.0^git1', '<', '1.01'],
    ['1.0^20160101^git1', '>', '1.0^20160101'],
    ['1.0~rc1^git1', '>', '1.0~rc1'],
    ['1.0^git1~pre', '<', '1.0^git1'],
  ]);
  check(compareRpmVersions, [
    ['1:1.0-1', '>', '2.0-1'],
    ['1.1.1k-9.el8_7', '<', '1.1.1k-12.el8_9'],
    ['1.1.1k-9.el8_7', '=', '1.1.1k'],
    ['2.4.6-97.el7', '<', '2.4.6-97.el7_9.5'],
  ]);
});

const VERSION_SIGNS = '0123456789abzAZ.+~-';
const versionText = fc
  .tuple(
    fc.option(fc.nat(3), { nil: undefined }),
    fc.nat(9),
    fc.string({ unit: fc.constantFrom(...VERSION_SIGNS), maxLength: 10 }),
  )
  .map(([epoch, first, rest]) => `${epoch === undefined ? '' : `${epoch}:`}${first}${rest}`)
  // dpkg refuses an empty revision, and a sign that only a revision may not hold is none of ours.
  .filter((text) => !text.endsWith('-'));

/** The other program's answer for many pairs at once, or undefined when it is not on this machine. */
function asked(program: string, script: string, pairs: readonly (readonly [string, string])[]): string[] | undefined {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return execFileSync('sh', ['-c', script], {
    input: pairs.map((pair) => `${pair.join(' ')}\n`).join(''),
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
}

const PAIRS = 400;

test('Debian versions stand as dpkg itself puts them, for random pairs', (t) => {
  const pairs = fc.sample(fc.tuple(versionText, versionText), { numRuns: PAIRS, seed: 7 });
  const script =
    'while read a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" gt "$b"; then echo 1; else echo 0; fi; done';
  const answers = asked('dpkg', script, pairs);
  if (answers === undefined) return t.skip('dpkg is not on this machine');
  for (const [index, [left, right]] of pairs.entries())
    assert.equal(compareDebVersions(left, right), Number(answers[index]), `${left} against ${right}`);
});

test('RPM versions stand as rpm itself puts them, for random pairs', (t) => {
  const part = fc.string({ unit: fc.constantFrom(...'0123456789abzA.~^_'), minLength: 1, maxLength: 10 });
  const pairs = fc.sample(fc.tuple(part, part), { numRuns: PAIRS, seed: 11 });
  const script = "while read a b; do rpm --eval \"%{lua: print(rpm.vercmp('$a', '$b'))}\"; done";
  const answers = asked('rpm', script, pairs);
  if (answers === undefined) return t.skip('rpm is not on this machine');
  for (const [index, [left, right]] of pairs.entries())
    assert.equal(compareRpmParts(left, right), Number(answers[index]), `${left} against ${right}`);
});

test('plain versions: a candidate before its release, a patch letter after it, zeros at the end mean nothing', () => {
  check(
    (left, right) => compareVersions('plain', left, right),
    [
      ['2.14.1', '<', '2.17.1'],
      ['2.4', '=', '2.4.0'],
      ['v1.2', '=', '1.2'],
      ['1.0-rc1', '<', '1.0'],
      ['1.0-beta.2', '<', '1.0-rc1'],
      ['7.4p1', '>', '7.4'],
      ['1.0.2k', '<', '1.0.2u'],
      ['1.0.2', '<', '1.0.2k'],
      ['2.0', '<', '10.0'],
      ['1.2.3+build5', '=', '1.2.3'],
    ],
  );
});

test('el7 and el7_9 are one release line; a back-port is another than the release itself', () => {
  assert.deepEqual(
    [
      '2.4.6-97.el7',
      '2.4.6-97.el7_9.5',
      '1.18-1~bpo12+1',
      '1.1.1n-0+deb11u5',
      '1-2.module+el8.7.0',
      '1.0-1ubuntu2',
      '1.0-1',
      '3-1.oe2203',
      '3-1.oe2203sp3',
      '1.1.1l-150400.7.60.2',
      '1.1.1l-150500.17.1',
      '1.1.1f-1ubuntu2.24',
      '2.4.41-4ubuntu0.20.04.1',
    ].map((version) => releaseLine(version)),
    [
      'el7',
      'el7',
      'bpo12',
      'deb11',
      'el8-module',
      '',
      '',
      'oe2203',
      'oe2203sp3',
      'suse15.4',
      'suse15.5',
      '',
      'ubuntu20.04',
    ],
  );
});

test('a version that does not tell its release line has that of the distribution it is known to be of', () => {
  const lines = ['ubuntu-22.04', 'jammy', 'debian-12.5', 'bookworm', 'rhel-8.7', 'sles-15.4', 'alpine-3.19', ''];
  assert.deepEqual(
    lines.map((distro) => releaseLine('1.0-1ubuntu2', distro)),
    ['ubuntu22.04', 'ubuntu22.04', 'deb12', 'deb12', 'el8', 'suse15.4', '', ''],
  );
  assert.equal(releaseLine('1.0-1~bpo12+1', 'debian-12'), 'bpo12', 'what the version tells goes before');
});

test('an epoch that only one side names leaves open whether the other has none', () => {
  const cases = [
    ['1:1.0', '1.0', true],
    ['1.0', '2:1.0', true],
    ['0:1.0', '1.0', false],
    ['1:1.0', '2:1.0', false],
    ['1.0', '1.0', false],
  ] as const;
  for (const [left, right, differ] of cases) assert.equal(epochsDiffer(left, right), differ, `${left} ${right}`);
});

test('a CPE name that says NA is not one that says ANY', () => {
  const name = (text: string) => parseCpe(text) ?? assert.fail(text);
  const installed = name('cpe:2.3:a:apache:http_server:2.4.53:*:*:*:*:*:*:*');
  assert.equal(matchCpe(name('cpe:2.3:a:apache:http_server:-:*:*:*:*:*:*:*'), installed), 'no_match');
  assert.equal(matchCpe(name('cpe:2.3:a:apache:http_server:*:*:*:*:*:*:*:*'), installed), 'match');
  assert.equal(matchCpe(name('cpe:2.3:a:apache:http_server:2.4.*:*:*:*:*:*:*:*'), installed), 'match');
  assert.equal(matchCpe(name('cpe:2.3:a:apache:http_server:2.2.1:*:*:*:*:*:*:*'), installed), 'no_match');
  assert.equal(matchCpe(name('cpe:/a:apache:http_server:2.4.53'), installed), 'match');
  const unversioned = name('cpe:2.3:a:apache:http_server:*:*:*:*:*:*:*:*');
  assert.equal(matchCpe(name('cpe:2.3:a:apache:http_server:2.4.53:*:*:*:*:*:*:*'), unversioned), 'unknown');
  assert.deepEqual(name('cpe:2.3:a:foo\\:bar:big\\$money:1:*:*:*:*:*:*:*').vendor, { text: 'foo:bar' });
  assert.equal(parseCpe('cpe:2.3:a'), undefined);
});

test('a package URL gives its epoch back to the version', () => {
  const purl = parsePurl('pkg:rpm/redhat/openssl@1.1.1k-9.el8_7?arch=x86_64&epoch=1&distro=rhel-8.7');
  assert.deepEqual(
    [purl?.type, purl?.namespace, purl?.name, purl?.version, purl?.qualifiers.get('distro')],
    ['rpm', 'redhat', 'openssl', '1:1.1.1k-9.el8_7', 'rhel-8.7'],
  );
  assert.equal(parsePurl('pkg:npm/%40angular/core@12.0.0')?.namespace, '@angular');
  assert.equal(parsePurl('openssl'), undefined);
});
