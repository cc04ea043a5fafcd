import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { evtxFile, SYSMON_START, sysmonValues } from '../../../test/support/evtx-writer.ts';
import { rulesCommand } from './rules.ts';

let folder = '';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await rulesCommand.run(args, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const GOOD = `title: A Tool
id: 0b9a4b1e-5a43-4d0f-9a57-2f3b6a1f5c11
logsource: { product: windows, category: process_creation }
detection:
  selection: { Image|endswith: '\\tool.exe', CommandLine|contains: " it's " }
  filter_main: { User: SYSTEM }
  condition: selection and not 1 of filter_*
`;

const CASES = `hits:
  - name: a tool that is started
    fields: { Image: 'C:\\x\\Tool.exe', CommandLine: "tool it's on", User: a }
misses:
  - name: the system starts it
    fields: { Image: 'C:\\x\\Tool.exe', CommandLine: "tool it's on", User: System }
`;

describe('tongan rules', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-rules-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('check tells every problem of every file at its place, as text, JUnit and SARIF', async () => {
    const bad = await file('bad.yml', GOOD.replace('contains', 'contians').replace('filter_*', '<other>'));
    const text = await run('check', bad);
    assert.equal(text.code, 1);
    assert.match(text.out, /bad\.yml:5:45 error modifier\.unknown: .*\(write "contains"\)/);
    assert.match(text.out, /bad\.yml:7:14 error condition\.matches-nothing/);
    const junit = await run('check', bad, '--format', 'junit');
    assert.match(junit.out, /<testsuites name="tongan rules check" tests="1" failures="1"/);
    assert.match(junit.out, /&lt;other&gt;/);
    const { runs } = JSON.parse((await run('check', bad, '--format', 'sarif')).out);
    const codes = runs[0].results.map((result: { ruleId: string }) => result.ruleId);
    assert.deepEqual(codes, ['modifier.unknown', 'condition.unused', 'condition.matches-nothing']);
    assert.deepEqual(runs[0].results[0].locations[0].physicalLocation.region, { startLine: 5, startColumn: 45 });
  });

  it('check is content with good rules, and says with --sources which cannot fire', async () => {
    const good = await file('good.yml', GOOD);
    assert.equal((await run('check', good)).code, 0);
    const alien = await file('alien.yml', GOOD.replace('product: windows', 'product: abacus'));
    const { code, out } = await run('check', alien, '--sources');
    assert.equal(code, 0);
    assert.match(out, /alien\.yml:1:1 warning rule\.no-source: .*abacus \/ process_creation/);
    assert.equal((await run('check', alien, '--sources', '--strict')).code, 1);
  });

  it('test runs the cases beside a rule and names those that do not come true', async () => {
    const good = await file('tested.yml', GOOD);
    await file('tested.test.yml', CASES);
    assert.deepEqual(await run('test', good), {
      code: 0,
      out: '',
      err: '2 cases, 0 failed; 0 of 1 files have no cases',
    });
    await file('tested.test.yml', CASES.replace('User: a', 'User: SYSTEM').replace('User: System', 'User: b'));
    const { code, out } = await run('test', good);
    assert.equal(code, 1);
    assert.match(out, /✘ fires: a tool that is started\n +must fire, and does not/);
    assert.match(out, /must stay silent, and fires: "A Tool"/);
    const junit = await run('test', good, '--format', 'junit');
    assert.match(junit.out, /tests="2" failures="2"/);
    await file('tested.test.yml', 'hits:\n  - nmae: x\n    line: y\n    repeat: 2\n');
    assert.match((await run('test', good)).out, /tested\.test\.yml:2:5 error case\.value: .*write "name"/);
  });

  it('check knows days that do not exist', async () => {
    const { out } = await run('check', await file('day.yml', `date: 2026-02-30\nmodified: 2026/05/20\n${GOOD}`));
    assert.match(out, /day\.yml:1:7 warning rule\.value: "2026-02-30" is no day/);
    assert.doesNotMatch(out, /2026\/05\/20/);
  });

  it('test runs the regression tests of SigmaHQ over the recordings beside them', async () => {
    const id = '0b9a4b1e-5a43-4d0f-9a57-2f3b6a1f5c11';
    const rule = await file('regressed.yml', GOOD);
    const recordings = join(folder, 'recordings');
    await mkdir(recordings, { recursive: true });
    const of = (name: string, count: number): string =>
      `    - { name: ${name}, type: evtx, match_count: ${count}, path: regression_data/${name}.evtx }\n`;
    const head = `rule_metadata:\n    - id: ${id}\nregression_tests_info:\n`;
    await file('recordings/info.yml', `${head}${of('both', 2)}${of('packed', 1)}`);
    const event = { EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', UtcTime: '2026-01-01 00:00:00.000' };
    const started = JSON.stringify(
      { ...event, Image: 'C:\\x\\tool.exe', CommandLine: "run it's here", User: 'a' },
      null,
      2,
    );
    await file('recordings/both.json', `${started}\n${started}\n`);
    const values = sysmonValues('C:\\x\\tool.exe', "run it's here");
    await writeFile(join(recordings, 'packed.evtx'), evtxFile([{ xml: SYSMON_START, values }]));
    assert.equal((await run('check', rule, recordings)).code, 0);
    const right = await run('test', rule, recordings);
    assert.deepEqual([right.code, right.out], [0, '']);
    assert.match(right.err, /^2 cases, 0 failed/);
    await file('recordings/info.yml', `${head}${of('both', 3)}${of('nowhere', 1)}`);
    const wrong = await run('test', rule, recordings);
    assert.equal(wrong.code, 1);
    assert.match(wrong.out, /✘ both\n +must match 3 of 2 recorded events, and matches 2/);
    assert.match(wrong.out, /nowhere\.evtx is missing beside/);
    assert.match(
      (await run('test', recordings, await file('other.yml', GOOD.replace(id, id.replace('0b', '0c'))))).out,
      /none of the rules/,
    );
    await file('recordings/info.yml', 'rule_metadata: nothing\n');
    assert.match((await run('test', rule, recordings)).out, /reads without errors/);
  });

  it('explain shows each part with its value, true or not, negated ones too', async () => {
    const rule = await file('explained.yml', GOOD);
    const event = { EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', UtcTime: '2026-01-01 00:00:00.000' };
    const fields = { Image: 'C:\\x\\tool.exe', CommandLine: "run it's here", User: 'SYSTEM', ProcessGuid: '{1}' };
    const events = await file('event.json', JSON.stringify({ ...event, ...fields }));
    const { code, out } = await run('explain', rule, events);
    assert.equal(code, 1);
    assert.match(out, /DOES NOT FIRE {2}A Tool/);
    assert.match(out, /condition: selection ✔ and not 1 of filter_\*/);
    assert.match(out, /✔ Image endswith "\\tool\.exe" — it is "C:\\x\\tool\.exe"/);
    assert.match(out, /✔ filter_main\n +✔ User equals "SYSTEM" — it is "SYSTEM"/);
    const json = await run('explain', rule, events, '--format', 'json');
    assert.equal(JSON.parse(json.out).selections[1].outline.holds, true);
  });

  it('convert writes SQL with its values quoted', async () => {
    const { code, out } = await run('convert', await file('converted.yml', GOOD));
    assert.equal(code, 0);
    assert.match(out, /category IN \('process_creation'\)/);
    assert.match(out, / it\\'s /);
    assert.match(out, /'\\\\tool\.exe'/);
    assert.doesNotMatch(out, /\{[a-z]\d+:String\}/);
  });

  it('wrong calls end with code 2 and say how it is called', async () => {
    for (const args of [[], ['chekc'], ['check'], ['check', join(folder, 'none')], ['check', folder, '--colour']]) {
      const { code, err } = await run(...args);
      assert.equal(code, 2, args.join(' '));
      assert.match(err, /tongan rules/);
    }
    assert.match((await run('check', folder, '--time-zone', 'Mars/Base')).err, /no IANA time zone/);
  });
});
