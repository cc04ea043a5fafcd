import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { openLog } from '#platform/log.ts';
import { until } from '../../../../../test/support/senders.ts';
import { isAllowed } from './allowed.ts';
import { cutLines } from './cut.ts';
import { Follower } from './follower.ts';

const BYTES_MAX = 1000;

describe('cutting a file into lines', () => {
  it('gives the same lines wherever the pieces end, and counts what is too long', () => {
    const text = `one\r\n\ntwo\n${'x'.repeat(3000)}\nthree\n防火墙\nrest`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2500 }), { minLength: 1 }), (sizes) => {
        const bytes = Buffer.from(text);
        const lines: string[] = [];
        let [tooLong, skipping, rest, turn] = [0, false, Buffer.alloc(0), 0];
        for (let at = 0; at < bytes.length; turn += 1) {
          const end = Math.min(bytes.length, at + (sizes[turn % sizes.length] ?? 1));
          const piece = Buffer.concat([rest, bytes.subarray(at, end)]);
          const cut = cutLines(piece, BYTES_MAX, skipping, end === bytes.length);
          lines.push(...cut.lines.map(String));
          tooLong += cut.tooLong;
          skipping = cut.skipping;
          rest = Buffer.from(piece.subarray(cut.consumed));
          at = end;
        }
        assert.deepEqual([lines, tooLong], [['one', 'two', 'three', '防火墙', 'rest'], 1]);
      }),
    );
  });
});

describe('patterns of paths', () => {
  it('must lie in a folder that may be read', () => {
    const roots = ['/var/log', '/srv/app/'];
    for (const good of ['/var/log/*.log', '/var/log/a/**/x', '/srv/app/x.log']) assert.ok(isAllowed(good, roots), good);
    for (const bad of ['/etc/shadow', '/var/*/x', '/var/logs/x', '/*', '/var/log'])
      assert.ok(!isAllowed(bad, roots), bad);
    assert.ok(isAllowed('/etc/x', ['/']));
  });
});

describe('following files', () => {
  let folder = '';
  let kept: string[] = [];
  let refuse = false;
  let follower: Follower;
  const at = (name: string) => join(folder, 'logs', name);
  const start = (pattern = 'app.log') => {
    follower = new Follower({
      pattern: at(pattern),
      roots: [join(folder, 'logs')],
      stateFile: join(folder, 'state', 'positions.json'),
      lineBytesMax: BYTES_MAX,
      now: () => new Date(),
      log: openLog('silent'),
      keep: async (lines) => {
        if (refuse) throw new Error('not kept');
        kept.push(...lines.map(String));
      },
      rejected: (reason) => kept.push(`rejected ${reason}`),
    });
    follower.start();
  };
  const untilKept = async (...lines: string[]) => {
    await until(`${lines} of ${kept}`, () => kept.length >= lines.length);
    assert.deepEqual(kept, lines);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-files-'));
    await mkdir(join(folder, 'logs'));
    kept = [];
    refuse = false;
  });
  afterEach(async () => {
    await follower.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('reads what is there and what is appended, whole lines only', async () => {
    await writeFile(at('app.log'), 'a\nb\nhal');
    start();
    await untilKept('a', 'b');
    await appendFile(at('app.log'), 'f\nc\n');
    await untilKept('a', 'b', 'half', 'c');
  });

  it('reads a renamed file to its end and the new one from its beginning', async () => {
    await writeFile(at('app.log'), 'a\n');
    start();
    await untilKept('a');
    await rename(at('app.log'), at('app.log.1'));
    await appendFile(at('app.log.1'), 'written late\n');
    await writeFile(at('app.log'), 'new\n');
    await until('both', () => kept.length >= 3);
    assert.deepEqual(kept.toSorted(), ['a', 'new', 'written late']);
  });

  it('begins again when a file was emptied, also when it has grown again since', async () => {
    await writeFile(at('app.log'), 'first line\n');
    start();
    await untilKept('first line');
    await truncate(at('app.log'));
    await appendFile(at('app.log'), 'second line, longer than the first\n');
    await untilKept('first line', 'second line, longer than the first');
  });

  it('goes on after a restart where it was, also in a file renamed meanwhile', async () => {
    await writeFile(at('app.log'), 'a\n');
    start();
    await untilKept('a');
    await follower.stop();
    await appendFile(at('app.log'), 'b\n');
    await rename(at('app.log'), at('app.log.1'));
    await writeFile(at('app.log'), 'c\n');
    start();
    await until('the rest', () => kept.length >= 3);
    assert.deepEqual(kept.toSorted(), ['a', 'b', 'c']);
  });

  it('does not move on when lines were not kept', async () => {
    refuse = true;
    await writeFile(at('app.log'), 'a\n');
    start();
    await until('a round', () => follower.rounds > 1);
    refuse = false;
    await untilKept('a');
  });

  it('reads a packed file from where the plain one had been read to', async () => {
    const lines = Array.from({ length: 100 }, (_, number) => `line ${number}`);
    await writeFile(at('app.log'), `${lines.slice(0, 60).join('\n')}\n`);
    start('app.log*');
    await until('the first part', () => kept.length === 60);
    await follower.stop();
    await unlink(at('app.log'));
    await writeFile(at('app.log.2.gz'), gzipSync(`${lines.join('\n')}\n`));
    await writeFile(at('app.log.3.gz'), 'no gzip');
    for (const name of ['app.log.2.gz', 'app.log.3.gz']) await utimes(at(name), 1000, 1000);
    start('app.log*');
    await until('the rest', () => kept.length >= 101);
    assert.deepEqual(
      kept.filter((line) => line.startsWith('line')),
      lines,
    );
    assert.ok(kept.includes('rejected packed_damaged'));
  });

  it("reads logs whose head names their columns, Zeek's and IIS's, also after a restart, a change of columns and when packed", async () => {
    const zeek = [
      '#separator \\x09',
      '#path\tdns',
      `#open\t${'2026-05-20-10-00-00'.repeat(20)}`,
      '#fields\tts\tquery',
      '#types\ttime\tstring',
      '1.5\ta.example',
    ];
    const iis = [
      '#Software: Microsoft Internet Information Services 10.0',
      '#Version: 1.0',
      '#Fields: date time cs-uri-stem',
      '2026-05-20 01:58:15 /a',
    ];
    await writeFile(at('dns.log'), `${zeek.join('\n')}\n`);
    await writeFile(at('u_ex.log'), `${iis.join('\r\n')}\r\n`);
    start('*.log*');
    await until('both', () => kept.length === 2);
    await follower.stop();
    await unlink(at('dns.log'));
    await writeFile(at('dns.log.gz'), gzipSync(`${zeek.join('\n')}\n2.5\tb.example\n`));
    await utimes(at('dns.log.gz'), 1000, 1000);
    await appendFile(
      at('u_ex.log'),
      '2026-05-20 01:58:16 /b\r\n#Fields: date time c-ip\r\n2026-05-20 01:58:17 192.0.2.1\r\n',
    );
    start('*.log*');
    await until('the rest', () => kept.length >= 5);
    const software = 'Microsoft Internet Information Services 10.0';
    const iisRecord = (time: string, rest: object) => ({
      software,
      date: '2026-05-20',
      time: `01:58:${time}`,
      ...rest,
    });
    assert.deepEqual(
      kept.map((record) => JSON.parse(record)).toSorted((one, other) => (one.ts ?? 9) - (other.ts ?? 9)),
      [
        { _path: 'dns', ts: 1.5, query: 'a.example' },
        { _path: 'dns', ts: 2.5, query: 'b.example' },
        iisRecord('15', { 'cs-uri-stem': '/a' }),
        iisRecord('16', { 'cs-uri-stem': '/b' }),
        iisRecord('17', { 'c-ip': '192.0.2.1' }),
      ],
    );
  });

  it('follows no link out of its folders', async () => {
    await writeFile(join(folder, 'secret.log'), 'secret\n');
    await symlink(join(folder, 'secret.log'), at('link.log'));
    await writeFile(at('own.log'), 'own\n');
    start('*.log');
    await untilKept('own');
    await until('a round', () => follower.rounds > 2);
    assert.deepEqual(kept, ['own']);
  });
});
