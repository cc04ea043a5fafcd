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
import { type Written, writtenObject, writtenText } from '../support/json-lines.ts';
import { recordedLines, recordingsIn } from '../support/recordings.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';
import { conditionOver } from '../support/sigma-arbitraries.ts';

/** Names that are fields, or that other fields are made from. */
const NAMES = [
  ...['Image', 'CommandLine', 'Odd', 'SourceIp', 'src_ip', 'EventType', 'User', 'IntegrityLevel', 'ProcessId'],
  ...['NewProcessName', 'SubjectUserName', 'MandatoryLabel', 'NewProcessId', 'ProcessCommandLine', 'ThreatName'],
  ...['Signature', 'Path', 'Filename', 'Hostname', 'tags', 'host'],
] as const;
/** Names that mean something else in some layout, or make a line one for the usual way. */
const ODD_NAMES = [
  ...['Threat Name', 'Computer', 'Provider_Name', 'System', 'user', 'param1', 'param4', 'param12', 'Data', 'message'],
  '#attributes',
] as const;
const FIELDS = [
  'Odd.a',
  'EventID',
  'Channel',
  'Image',
  'CommandLine',
  'Odd',
  'SourceIp',
  'src_ip',
  'EventType',
  'Data',
  'User',
  'Computer',
];
const MORE_FIELDS = [
  'IntegrityLevel',
  'ProcessId',
  'Signature',
  'Filename',
  'Message',
  'Level',
  'Keywords',
  'Provider_Name',
  'ThreatName',
];

/** Few words, of all lengths and scripts that are looked up differently, so that rules and lines share many of them. */
const word = fc.constantFrom(
  ...[
    'powershell.exe',
    'POWERSHELL.EXE',
    '\\cmd.exe',
    'C:\\Windows\\',
    'mimikatz',
    'conhost',
    ' -enc ',
    '-e',
    '/c',
    'a',
    'B',
    '.',
  ],
  ...[
    'иж',
    'Ж',
    'é',
    '中文',
    '测',
    '😀',
    '"',
    '<',
    '\n',
    '\\',
    '0x1a4',
    '420',
    'High',
    'S-1-16-12288',
    'CreateKey',
    'INFO',
  ],
);
const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(''));
const text = fc.oneof(
  { weight: 8, arbitrary: phrase },
  { weight: 1, arbitrary: fc.string({ unit: word, maxLength: 30 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', 'S-1-16-12288', '0x1a4', 'INFO', 'CreateKey', 'EventType: DeleteKey', '10.1.2.3'),
  },
);
const value: fc.Arbitrary<Written> = fc.oneof(
  { weight: 30, arbitrary: text.chain(writtenText) },
  fc.constantFrom(
    'null',
    'true',
    '1',
    '-0',
    '1.50',
    '1e3',
    '12345678901234567890',
    '{"a":"B"}',
    '["a","B.c"]',
    '[]',
    '{}',
  ),
);
const name = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('Image', 'CommandLine', 'Odd') },
  { weight: 30, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 4, arbitrary: fc.constantFrom('Message', 'Level', 'Keywords') },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_NAMES) },
);
const member = fc.tuple(name, value);
/** Mostly each name once; sometimes a name comes twice. */
const body = fc.oneof(
  { weight: 9, arbitrary: fc.uniqueArray(member, { maxLength: 9, selector: ([name]) => name }) },
  fc.array(member, { maxLength: 5 }),
);
const channel = fc.constantFrom(
  'Microsoft-Windows-Sysmon/Operational',
  'Security',
  'Windows PowerShell',
  'Microsoft-Windows-Windows Defender/Operational',
  'other',
  '',
);
const code = fc.constantFrom('1', '12', '13', '4688', '1102', '800', '1116', '77');
const head = fc.tuple(
  channel.chain(writtenText),
  fc.oneof(
    code,
    code.map((digits) => `"${digits}"`),
  ),
);

/** An event's own XML as JSON, as readers of EVTX write it and in ways that are not quite so. */
const xmlLine = (
  channelText: string,
  number: string,
  members: readonly (readonly [string, Written])[],
  extra: Written,
): fc.Arbitrary<string> => {
  const sometimes = fc.constantFrom(false, false, false, true);
  return fc.tuple(writtenObject(members), sometimes, sometimes, sometimes).chain(([data, qualified, odd, rendered]) => {
    const system: [string, Written][] = [
      ['Provider', odd ? extra : '{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}}'],
      ['EventID', qualified ? `{"#attributes":{"Qualifiers":"0"},"#text":${number}}` : number],
      ['Channel', channelText],
      ['Computer', '"pc"'],
      ['Level', '4'],
      ['Keywords', extra],
    ];
    return writtenObject(system).chain((about) => {
      const parts: [string, Written][] = [
        ['System', about],
        ['EventData', odd ? extra : data],
      ];
      if (rendered) parts.push(['RenderingInfo', `{"Message":${extra}}`]);
      if (odd && qualified) parts.push(['UserData', `{"Own":${data}}`]);
      return writtenObject(parts).chain((event) => writtenObject([['Event', event]]));
    });
  });
};

const line: fc.Arbitrary<string> = fc
  .tuple(head, body, fc.constantFrom('flat', 'old', 'new', 'user', 'cut', 'xml'), value)
  .chain(([[written, number], members, layout, extra]) => {
    if (layout === 'xml') return xmlLine(written, number, members, extra);
    if (layout === 'flat' || layout === 'cut') {
      const flat = writtenObject([
        ['EventID', number],
        ['Channel', written],
        ['SourceName', '"Microsoft-Windows-Sysmon"'],
        ...members,
      ]);
      return layout === 'flat' ? flat : flat.map((whole) => whole.slice(0, -2));
    }
    const inner = writtenObject(members);
    if (layout === 'old')
      return inner.chain((data) =>
        writtenObject([
          ['event_id', number],
          ['log_name', written],
          ['event_data', data],
          ['keywords', extra],
        ]),
      );
    return inner
      .chain((data) =>
        writtenObject([
          ['event_id', number],
          ['channel', written],
          ['provider_name', '"Microsoft-Windows-Sysmon"'],
          [layout === 'new' ? 'event_data' : 'user_data', data],
        ]),
      )
      .chain((winlog) =>
        writtenObject([
          ['winlog', winlog],
          ['message', extra],
          ...(extra.length > 9 ? ([['process', '{"executable":"abc"}']] as const) : []),
        ]),
      );
  });

const field = fc.oneof(fc.constantFrom('Image', 'CommandLine', 'Odd'), fc.constantFrom(...FIELDS, ...MORE_FIELDS));
const rule = fc.tuple(conditionOver(field, phrase), fc.constantFrom('', '', 'process_creation', 'registry_delete'));

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
