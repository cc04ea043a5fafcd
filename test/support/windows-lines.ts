import fc from 'fast-check';
import { type Written, writtenObject, writtenText } from './json-lines.ts';
import { conditionOver } from './sigma-arbitraries.ts';

/** Windows events as lines of JSON in every layout a forwarder writes, and in ways that are not quite so. */

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

export const line: fc.Arbitrary<string> = fc
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
/** A condition over what the lines hold, and a category of log sources. */
export const rule = fc.tuple(
  conditionOver(field, phrase),
  fc.constantFrom('', '', 'process_creation', 'registry_delete'),
);
