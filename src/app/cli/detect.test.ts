import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { evtxFile, SYSMON_START, sysmonValues } from '../../../test/support/evtx-writer.ts';
import { recordingsIn } from '../../../test/support/recordings.ts';
import { referenceData, withoutReferenceData } from '../../../test/support/reference-data.ts';
import { detectCommand } from './detect.ts';

const RULES = `title: Whoami
id: 0b9a4b1e-5a43-4d0f-9a57-2f3b6a1f5c11
name: whoami
status: test
author: Somebody
level: high
tags: [attack.discovery, attack.t1033]
logsource: { product: windows, category: process_creation }
detection:
  selection: { Image|endswith: '\\whoami.exe' }
  condition: selection
---
title: Many Whoami
id: 0b9a4b1e-5a43-4d0f-9a57-2f3b6a1f5c12
level: critical
tags: [attack.discovery]
correlation:
  type: event_count
  rules: [whoami]
  group-by: [Computer]
  timespan: 1h
  condition: { gte: 3 }
  generate: true
---
title: Context
id: 0b9a4b1e-5a43-4d0f-9a57-2f3b6a1f5c13
level: low
logsource: { product: windows, category: process_creation }
detection:
  selection: { CommandLine: '*' }
  condition: selection
`;

const json = (second: number, commandLine: string): string =>
  JSON.stringify({
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Hostname: 'pc2.example',
    UtcTime: `2026-01-01 00:00:0${second}.000`,
    Image: 'C:\\Windows\\System32\\whoami.exe',
    CommandLine: commandLine,
  });

const EMPTY_ZIP = Buffer.from(`PK\x05\x06${'\0'.repeat(18)}`, 'latin1');

/** A tar archive (POSIX ustar) of these files. */
function tarFile(files: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const parts = files.flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(content.length.toString(8).padStart(11, '0'), 124);
    header.write('0', 156);
    header.write('ustar', 257);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

let folder = '';
let rules = '';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const code = await detectCommand.run(['--rules', rules, '--threads', '1', ...args], io);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('tongan detect', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-detect-'));
    rules = await file('rules.yml', RULES);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("reads Zeek's logs as tables, whose columns their head names", async () => {
    const rule = await file(
      'zeek.yml',
      'title: Bad Name\nid: 0b9a4b1e-5a43-4d0f-9a57-2f3b6a1f5c14\nlevel: high\nlogsource: { product: zeek, service: dns }\ndetection: { selection: { query|endswith: .bad.example }, condition: selection }\n',
    );
    const log = await file(
      'dns.log',
      '#separator \\x09\n#path\tdns\n#fields\tts\tuid\tid.orig_h\tquery\n#types\ttime\tstring\taddr\tstring\n1779242400.5\tC1\t10.0.0.8\twww.bad.example\n1779242401.5\tC2\t10.0.0.8\tgood.example\n#close\t2026\n',
    );
    const { code, out, err } = await run('--rules', rule, '--format', 'json', log);
    assert.equal(code, 0, err);
    const found = out.split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(
      found.map(({ time, rule: { title } }) => [time, title]),
      [['2026-05-20T02:00:00.500Z', 'Bad Name']],
    );
    assert.match(err, /^2 events of 1 file/m);
  });

  it('finds the same in EVTX and in packed JSON lines, counts correlations over files, and sums up', async () => {
    const start = { xml: SYSMON_START, values: sysmonValues('C:\\Windows\\System32\\whoami.exe', '=whoami /all') };
    const evtx = await file('a.evtx', evtxFile([start]));
    const lines = await file('b.json.gz', gzipSync([1, 2, 3].map((n) => json(n, `whoami ${n}`)).join('\n')));
    const { code, out, err } = await run('--format', 'json', '--min-level', 'medium', evtx, lines);
    assert.equal(code, 0, err);
    const found = out.split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(
      found.map(({ time, rule, host }) => [time, rule.title, host]),
      [
        ['2016-07-08T18:12:51.681Z', 'Whoami', 'pc1.example'],
        ['2026-01-01T00:00:01.000Z', 'Whoami', 'pc2.example'],
        ['2026-01-01T00:00:02.000Z', 'Whoami', 'pc2.example'],
        ['2026-01-01T00:00:03.000Z', 'Whoami', 'pc2.example'],
        ['2026-01-01T00:00:03.000Z', 'Many Whoami', 'pc2.example'],
      ],
    );
    assert.equal(found[0].event.LogonId, '0x3e7');
    assert.equal(found[0].rule.author, 'Somebody');
    assert.equal(found[4].matched[1].value, '3');
    assert.match(err, /Found: critical 1 \(1 rule\), high 4 \(1 rule\)\n/);
    assert.match(err, /⋮\n/);
    assert.match(err, /up to critical +2 rules +pc2\.example\n/);
    assert.match(err, /5 +discovery +T1033 ×4/);
    assert.match(err, /^4 events of 2 file\(s\), 1 rules and 1 correlations/m);
  });

  it('writes a table for people and CSV that no spreadsheet runs', async () => {
    const start = { xml: SYSMON_START, values: sysmonValues('C:\\x\\whoami.exe', '\u001b[2Jwhoami') };
    const evtx = await file('c.evtx', evtxFile([start, start]));
    const table = await run(evtx);
    assert.match(table.out, /2016-07-08 18:12:51 +high +2 pc1\.example +Whoami/);
    assert.equal(table.out.includes('\u001b'), false);
    const output = join(folder, 'out.csv');
    await run('--format', 'csv', '--output', output, '--min-level', 'high', evtx);
    const csv = await readFile(output, 'utf8');
    assert.match(csv, /^\uFEFFtime,level,rule,/);
    assert.equal(csv.trim().split('\r\n').length, 3);
  });

  it('says which file it could not read, goes on with the others, and ends with 1', async () => {
    const good = await file('good.json', json(1, 'whoami'));
    const broken = await file('broken.zip', Buffer.from('PK\x03\x04 and no more', 'latin1'));
    const alien = await file('alien.txt', '\u0007 nothing that anybody writes\n');
    const { code, out, err } = await run('--format', 'json', '--min-level', 'high', broken, alien, good);
    assert.equal(code, 1);
    assert.equal(out.split('\n').length, 1);
    assert.match(err, /broken\.zip: .*cannot be read/);
    assert.match(err, /alien\.txt: no source knows this text, in any of 1 record/);
  });

  it('finds the same whether a line is told from its bytes or read: EVTX, JSON, bytes that are no UTF-8', async () => {
    const start = (line: string) => ({ xml: SYSMON_START, values: sysmonValues('C:\\x\\whoami.exe', line) });
    const other = { xml: SYSMON_START, values: sysmonValues('C:\\x\\cmd.exe', '') };
    const evtx = await file('told.evtx', evtxFile([start('a'), other, start('中'), start('"\\ \ud800')]));
    const lines = await file(
      'told.ndjson',
      Buffer.concat([
        Buffer.from(
          `\ufeff${json(1, 'whoami')}\r\n  ${json(2, 'whoami \\"')}\n\n<13>May 20 10:00:00 pc x: ${json(3, '')}\n`,
        ),
        Buffer.from(json(4, 'whoami ??').replace('??', '\xff\xc3'), 'latin1'),
        Buffer.from(
          `\n${json(5, 'whoami').replace('"Image"', '"\\u0049mage"')}\n${json(6, '').replace('}', ',"a":{"b":1}}')}`,
        ),
      ]),
    );
    const found = async (...args: string[]) => (await run('--format', 'json', evtx, lines, ...args)).out;
    const told = await found();
    // A source that did not write these lines: each is looked at by itself and read in full.
    assert.equal(told, await found('--source', 'linux-auditd'));
    assert.equal(told.split('\n').filter((line) => line.includes('"title":"Whoami"')).length, 9);
  });

  it('finds the same in recordings either way', async (t) => {
    const recordings = referenceData('windows-attacks');
    if (!recordings) return t.skip(withoutReferenceData('windows-attacks'));
    const wanted = [
      'cmd_bitsadmin',
      'psh_mavinject',
      'empire_shell_net_localgroup',
      'covenant_com_wsman',
      'sh_arp_cache',
    ];
    const paths = recordingsIn(recordings).filter((path) => wanted.some((name) => path.includes(name)));
    assert.ok(paths.length > 3);
    const found = (...args: string[]) =>
      run('--rules', resolve(import.meta.dirname, '../../../content/rules'), '--format', 'json', ...args, ...paths);
    const [told, read] = [await found(), await found('--source', 'cisco-asa')];
    assert.deepEqual([told.code, told.out], [read.code, read.out]);
    assert.ok(told.out.split('\n').length > 20, `${told.out.split('\n').length} findings`);
  });

  it('reads UTF-16, printed arrays, files packed in archives, and what is whole of damaged ones', async () => {
    const line = json(1, 'whoami');
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const inputs: readonly [name: string, content: Buffer, findings: number, complaint: RegExp | undefined][] = [
      ['utf16.json', Buffer.from(`\ufeff${line}\r\n${line}`, 'utf16le'), 2, undefined],
      ['utf16be.json', Buffer.from(`\ufeff${line}`, 'utf16le').swap16(), 1, undefined],
      ['printed.json', Buffer.from(JSON.stringify([JSON.parse(line), JSON.parse(line)], null, 2)), 2, undefined],
      ['cut.json', Buffer.from(`[${line},${line.slice(0, 50)}`), 1, /1 record\(s\) could not be read/],
      ['deep.json', Buffer.from(`${deep}\n${line}`), 1, /1 of its 2 records were not understood/],
      ['long.json', Buffer.from(`${json(2, 'x'.repeat(2_000_000))}\n${line}`), 1, /1 record\(s\) could not be read/],
      ['zeros.json', Buffer.alloc(3_000_000), 0, /could not be read/],
      ['cut.json.gz', gzipSync(line).subarray(0, -6), 0, /cut\.json\.gz cannot be read: unexpected end/],
      ['empty.zip', EMPTY_ZIP, 0, undefined],
      [
        'a.tar',
        tarFile([
          ['a.json.gz', gzipSync(line)],
          ['b\u001b[2J.zip', EMPTY_ZIP],
          ['c.json', Buffer.from(line)],
        ]),
        2,
        /b \[2J\.zip: a zip within/,
      ],
      ['cut.tar', tarFile([['a.json', Buffer.from(line)]]).subarray(0, 700), 0, /ends in the middle/],
      [
        'cut.evtx',
        evtxFile([{ xml: SYSMON_START, values: sysmonValues('C:\\whoami.exe', '') }]).subarray(0, 9_000),
        1,
        undefined,
      ],
      [
        'noise.evtx',
        Buffer.concat([
          Buffer.from('ElfFile\0'),
          Buffer.alloc(4088),
          Buffer.from('ElfChnk\0'),
          Buffer.alloc(65_528, 0x2a),
        ]),
        0,
        /1 record\(s\) could not be read/,
      ],
    ];
    for (const [name, content, findings, complaint] of inputs) {
      const { code, out, err } = await run('--format', 'json', '--min-level', 'high', await file(name, content));
      assert.equal(out === '' ? 0 : out.split('\n').length, findings, `${name}: ${err}`);
      assert.equal(err.includes('\u001b'), false);
      if (complaint) assert.match(err, complaint, name);
      else assert.equal(code, 0, `${name}: ${err}`);
    }
  });

  it('wrong calls end with 2', async () => {
    for (const args of [[], ['--format', 'xml', rules], [join(folder, 'none')], ['--min-level', 'huge', rules]])
      assert.equal((await run(...args)).code, 2);
  });
});
