import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Condition } from '#engine/condition/condition.ts';
import { evaluate } from '#engine/condition/evaluate.ts';
import type { RawLayout } from '#engine/fields/raw-layout.ts';
import { inScope } from '#engine/sigma/logsource.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import { compileRawMatcher } from '#engine/sigma/raw/matcher.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import { type Normalise, normaliser } from '../../src/domain/telemetry/normalise.ts';
import { loadSources } from '../../src/domain/telemetry/sources.ts';
import { recordedLines, recordingsIn } from '../support/recordings.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';
import { line, rule } from '../support/windows-lines.ts';

describe('rules asked of the bytes of a line', () => {
  let normalise: Normalise;
  let layout: RawLayout;
  before(async () => {
    const sources = await loadSources();
    const found = sources.get('microsoft-windows')?.rawLayout;
    assert(found);
    layout = found;
    normalise = normaliser(sources);
  });
  const eventOf = (written: string) =>
    normalise({ id: '', text: written, receivedAtMs: 0, unitPath: '/', sourceHint: '', sender: '' });
  const template = loadPack([
    { file: 'a.yml', text: 'title: t\nlogsource: { product: windows }\ndetection: { s: { a: b }, condition: s }\n' },
  ]).rules[0];

  it('interpreter, matcher and raw matcher find the same, for any rules and any way of writing a line', () => {
    let told = 0;
    let lines = 0;
    let hits = 0;
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 3 }),
        fc.array(line, { minLength: 1, maxLength: 12, size: 'max' }),
        (parts, texts) => {
          assert(template);
          const rules = parts.map(
            ([condition, category], id): SigmaRule => ({
              ...template,
              id: String(id),
              condition,
              logsource: { product: 'windows', category, service: '' },
            }),
          );
          const [matcher, raw] = [compileRules(rules), compileRawMatcher(rules, layout)];
          const live = compileRules(rules, new Map([['microsoft-windows', layout]]));
          for (const written of texts) {
            const event = eventOf(written);
            const expected = rules
              .filter((one) => inScope(one.logsource, event.logsource) && evaluate(one.condition, event))
              .map(({ id }) => id);
            assert.deepEqual(
              matcher.match(event).map(({ ruleId }) => ruleId),
              expected,
              written,
            );
            assert.deepEqual(
              live.match(event).map(({ ruleId }) => ruleId),
              expected,
              written,
            );
            const bytes = Buffer.from(written);
            const found = raw.match(bytes, 0, bytes.length)?.map(({ id }) => id);
            lines += 1;
            if (found === undefined) continue;
            told += 1;
            hits += found.length;
            assert.deepEqual(found, expected, written);
          }
        },
      ),
      { numRuns: 400 },
    );
    // Not a test of nothing: many lines are told without the usual way, and among them are hits.
    assert.ok(told > lines / 5, `${told} of ${lines} lines`);
    assert.ok(hits > 100, `${hits} hits`);
  });

  it('a text is found wherever it stands in a value, whatever its length', () => {
    assert(template);
    const long = 'Ab\\cdefgh Привет.xyz/w';
    for (let length = 1; length <= long.length; length += 1) {
      const wanted = long.slice(0, length);
      for (const [before, after] of [
        [true, true],
        [false, true],
        [true, false],
        [false, false],
      ] as const) {
        const any = { wild: 'any' } as const;
        const pattern = [...(before ? [any] : []), { text: wanted }, ...(after ? [any] : [])];
        const condition: Condition = { kind: 'field', field: 'Odd', test: { op: 'text', pattern, cased: false } };
        const raw = compileRawMatcher([{ ...template, condition }], layout);
        for (let place = 0; place < 9; place += 1) {
          for (const tail of ['', '!', '01234567890123456789']) {
            const written = JSON.stringify({
              EventID: 1,
              Channel: 'Security',
              Odd: `${'-'.repeat(place)}${wanted.toUpperCase()}${tail}`,
            });
            const bytes = Buffer.from(written);
            const expected: number = Number(evaluate(condition, eventOf(written)));
            assert.equal(
              raw.match(bytes, 0, bytes.length)?.length,
              expected,
              `${JSON.stringify(pattern)} of ${written}`,
            );
          }
        }
      }
    }
  });

  it('leaves a line to the usual way when its fields cannot be told from its bytes', () => {
    assert(template);
    const condition: Condition = { kind: 'not', of: { kind: 'absent', field: 'Odd' } };
    const raw = compileRawMatcher([{ ...template, condition }], layout);
    const answer = (members: string) => {
      const bytes = Buffer.from(`{"EventID":1,"Channel":"Security"${members}}`);
      return raw.match(bytes, 0, bytes.length)?.length;
    };
    assert.equal(answer(''), 0);
    assert.equal(answer(',"Odd":""'), 1);
    assert.equal(answer(',"Odd":null'), 0);
    const unsure = [
      ',"Else":{"a":"b"}',
      ',"Else":[{"a":1}]',
      ',"Odd":["a"]',
      ',"Odd":1.5',
      ',"Odd":"a","Odd":"b"',
      ',"Some Name":"a"',
      ',"\\u004fdd":"a"',
      ',"Computer":"a"',
      ',"Event":{}',
      ',"Odd":"a" "b"',
      ',"Odd":01',
      `,"Odd":"${'a'.repeat(70_000)}"`,
    ];
    for (const members of unsure) assert.equal(answer(members), undefined, members.slice(0, 80));
  });

  it('values without names, however many, are one text in the classic PowerShell channel', () => {
    assert(template);
    const pattern = [{ wild: 'any' } as const, { text: 'second' }];
    const condition: Condition = { kind: 'field', field: 'Data', test: { op: 'text', pattern, cased: false } };
    const live = compileRules([{ ...template, condition }], new Map([['microsoft-windows', layout]]));
    const fires = (members: string) =>
      live.match(eventOf(`{"EventID":800,"Channel":"Windows PowerShell","Message":"all of it",${members}}`)).length;
    for (const name of ['Data', 'param1', 'param4', 'param10', 'param99'])
      assert.equal(fires(`"Odd":"first","${name}":"first second"`), 1, name);
    assert.equal(fires('"Odd":"second"'), 0);
  });

  it('reads events as our reader of EVTX gives them, with and without qualifiers of the number', () => {
    assert(template);
    const pattern = [{ wild: 'any' } as const, { text: 'whoami.exe' }];
    const condition: Condition = { kind: 'field', field: 'Image', test: { op: 'text', pattern, cased: false } };
    const raw = compileRawMatcher([{ ...template, condition }], layout);
    const answer = (eventId: string, rest: string) => {
      const system = `"System":{"Provider":{"#attributes":{"Name":"p"}},"EventID":${eventId},"Channel":"Security"}`;
      const bytes = Buffer.from(`{"Event":{"#attributes":{"xmlns":"x"},${system}${rest}}}`);
      return raw.match(bytes, 0, bytes.length)?.length;
    };
    for (const eventId of ['4688', '"4688"', '{"#attributes":{"Qualifiers":0},"#text":4688}']) {
      assert.equal(answer(eventId, ',"EventData":{"NewProcessName":"C:\\\\x\\\\whoami.exe"}'), 1, eventId);
      assert.equal(answer(eventId, ',"EventData":{"#attributes":{"Name":"a"},"Image":"b"}'), 0, eventId);
      assert.equal(answer(eventId, ''), 0, eventId);
      assert.equal(answer(eventId, ',"EventData":null'), 0, eventId);
      for (const unsure of [
        ',"EventData":{"Data":["whoami.exe"]}',
        ',"EventData":{},"UserData":{"A":{"Image":"whoami.exe"}}',
        ',"EventData":["whoami.exe"]',
        ',"EventData":{"Image":{"a":"whoami.exe"}}',
      ])
        assert.equal(answer(eventId, unsure), undefined, unsure);
    }
  });

  it('makes usual kinds ready before their first line comes', () => {
    assert(template);
    const pattern = [{ wild: 'any' } as const, { text: 'whoami.exe' }];
    const condition: Condition = { kind: 'field', field: 'Image', test: { op: 'text', pattern, cased: false } };
    const raw = compileRawMatcher([{ ...template, condition }], layout);
    const [bytesBefore, steps] = [raw.tableBytes, [...raw.prepare()]];
    assert.ok(steps.length > 1 && raw.tableBytes > bytesBefore);
    const bytesReady = raw.tableBytes;
    const hits = (written: string) => raw.match(Buffer.from(written), 0, Buffer.byteLength(written))?.length;
    const image = '"Image":"C:\\\\x\\\\whoami.exe"';
    const sysmon = 'Microsoft-Windows-Sysmon/Operational';
    assert.equal(hits(`{"EventID":1,"Channel":"${sysmon}",${image}}`), 1);
    assert.equal(hits(`{"EventID":4688,"Channel":"Security","NewProcessName":"C:\\\\x\\\\whoami.exe"}`), 1);
    const beat = (id: string, channel: string, data: string) =>
      `{"winlog":{"event_id":${id},"channel":"${channel}","event_data":{${data}}}}`;
    assert.equal(hits(beat('1', sysmon, image)), 1);
    assert.equal(raw.tableBytes, bytesReady);
    assert.equal(hits(`{"EventID":11,"Channel":"${sysmon}",${image}}`), 1);
    assert.ok(raw.tableBytes > bytesReady);
  });

  it('any bytes are answered, or left to the usual way', () => {
    assert(template);
    const raw = compileRawMatcher([template], layout);
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0ae1-. \n') }).map((some) => Buffer.from(some)),
    );
    fc.assert(
      fc.property(noise, (bytes) => {
        assert.ok((raw.match(bytes, 0, bytes.length) ?? []).length === 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('finds what the matcher finds in recordings, with all published rules', async (t) => {
    const [sigma, recordings] = [referenceData('sigma'), referenceData('windows-attacks')];
    if (!sigma || !recordings) return t.skip(withoutReferenceData('sigma and windows-attacks'));
    const folder = join(sigma, 'rules/windows');
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.yml')).sort();
    const files = await Promise.all(
      names.map(async (file) => ({ file, text: await readFile(join(folder, file), 'utf8') })),
    );
    const { rules } = loadPack(files);
    const [matcher, raw] = [compileRules(rules), compileRawMatcher(rules, layout)];
    let told = 0;
    let lines = 0;
    let hits = 0;
    for (const path of recordingsIn(recordings).filter((one) => !one.includes('zeek'))) {
      for await (const written of recordedLines(path, 120)) {
        const bytes = Buffer.from(written);
        const found = raw.match(bytes, 0, bytes.length);
        lines += 1;
        if (found === undefined) continue;
        told += 1;
        hits += found.length;
        const expected = matcher.match(eventOf(written)).map(({ ruleId }) => ruleId);
        assert.deepEqual(
          found.map(({ id }) => id),
          expected,
          written,
        );
      }
    }
    t.diagnostic(`${told} of ${lines} lines told from their bytes, ${hits} hits`);
    assert.ok(told > lines * 0.9 && hits > 20);
  });
});
