import type { FieldValue } from '#engine/fields/event.ts';

type Fields = Readonly<Record<string, FieldValue>>;

/** One feature of Sigma: a detection, events it must be true of, and events it must not be true of. */
export interface SigmaCase {
  readonly name: string;
  /** YAML below `detection:`. */
  readonly detection: string;
  readonly hits: readonly Fields[];
  readonly misses: readonly Fields[];
}

const one = (name: string, detection: string, hits: readonly Fields[], misses: readonly Fields[]): SigmaCase => ({
  name,
  detection,
  hits,
  misses,
});

/** A single selection. */
const item = (name: string, selection: string, hits: readonly Fields[], misses: readonly Fields[]): SigmaCase =>
  one(name, `selection:\n  ${selection.replaceAll('\n', '\n  ')}\ncondition: selection`, hits, misses);

const cmd = (...values: readonly FieldValue[]): Fields[] => values.map((CommandLine) => ({ CommandLine }));
const odd = (...values: readonly FieldValue[]): Fields[] => values.map((Odd) => ({ Odd }));

const VALUES: readonly SigmaCase[] = [
  item(
    'a plain value equals the whole value, whatever the case',
    'Image: C:\\a\\Cmd.exe',
    [{ Image: 'c:\\A\\cmd.EXE' }],
    [{ Image: 'C:\\a\\cmd.exe.txt' }, {}, { Image: '' }],
  ),
  item('a list means any of its values', 'Odd: [a, b]', odd('a', 'B'), odd('c', '')),
  item(
    'several fields must all be true',
    'Odd: a\nCommandLine: b',
    [{ Odd: 'a', CommandLine: 'b' }],
    [{ Odd: 'a' }, { CommandLine: 'b' }],
  ),
  one(
    'a list of mappings means any of them',
    'selection:\n  - Odd: a\n  - CommandLine: b\ncondition: selection',
    [{ Odd: 'a' }, { CommandLine: 'b' }],
    [{ Odd: 'b' }],
  ),
  item('* stands for any characters, line breaks too', "Odd: 'a*c'", odd('ac', 'abc', 'a\nb\nc'), odd('abcd', 'bac')),
  item('several * keep their order', "CommandLine: '*one*two*'", cmd('one two', 'xone-two.'), cmd('two one', 'on two')),
  item(
    '? stands for exactly one character, also one outside the basic plane',
    "Odd: 'a?c'",
    odd('abc', 'a😀c', 'a中c'),
    odd('ac', 'abbc'),
  ),
  item('an escaped wildcard is a character', "Odd: 'a\\*b\\?'", odd('a*b?'), odd('axb?', 'a*bx')),
  item(
    '\\\\ before a wildcard is a backslash and a wildcard',
    "Odd: 'C:\\\\*'",
    odd('C:\\x', 'C:\\'),
    odd('C:*', 'D:\\'),
  ),
  item('\\\\\\* is a backslash and a star', "Odd: 'C:\\\\\\*'", odd('C:\\*'), odd('C:\\x')),
  item(
    'a backslash before anything else is itself, at the end too',
    "CommandLine|endswith: '\\tools\\'",
    cmd('c:\\tools\\'),
    cmd('c:\\tools', 'tools\\'),
  ),
  item('a double backslash is one', "Odd: 'a\\\\b'", odd('a\\b'), odd('a\\\\b')),
  item('% and _ are characters', "CommandLine|contains: '%a_b%'", cmd('x %a_b% y'), cmd('x %axb% y', 'a_b')),
  item('a bare * asks only that there is a value', "CommandLine: '*'", cmd('x', ''), [{}, { Odd: 'x' }]),
  item('the empty text is a value, not a missing field', "CommandLine: ''", cmd(''), [{}, ...cmd('x')]),
  item('null is a missing field, not an empty one', 'CommandLine: null', [{}, { Odd: 'x' }], cmd('', 'x')),
  item('an empty place in YAML is null', 'CommandLine:', [{}], cmd('x')),
  item('null among values', "CommandLine: [null, '']", [{}, ...cmd('')], cmd('x')),
  item('a number is compared as it is written and as a decimal', 'Odd: 0x10', odd('16', '0x10'), odd('10', '17')),
  item('a number in quotes is only text', "Odd: '007'", odd('007'), odd('7')),
  item('true and false are texts', 'Odd: true', odd('true', 'True'), odd('false', '1')),
  item(
    'a field with several values is true when any value is',
    'Odd|contains: b',
    odd(['a', 'xbx'], ['b']),
    odd(['a', 'c'], []),
  ),
  one(
    'not of several values is true when none is',
    'selection:\n  Odd: a\ncondition: not selection',
    [{}, ...odd('b', ['b', 'c'])],
    odd('a', ['b', 'a']),
  ),
  item(
    'letters outside ASCII have case too',
    "CommandLine|contains: 'ПРИВЕТ'",
    cmd('...привет...', 'Привет'),
    cmd('privet'),
  ),
  item('the Kelvin sign is not the letter k', "CommandLine|contains: 'kelvin'", cmd('KELVIN'), cmd('\u212aelvin')),
  item('Chinese text', "CommandLine|contains: '删除'", cmd('执行删除操作'), cmd('执行操作')),
  item(
    'a name with a synonym looks there when it is missing',
    'SourceIp: 10.0.0.1',
    [{ src_ip: '10.0.0.1' }, { 'c-ip': '10.0.0.1' }],
    [{ src_ip: '10.0.0.2' }],
  ),
  item(
    'a name the event has itself wins over its synonyms',
    'c-ip: 10.0.0.1',
    [{ 'c-ip': '10.0.0.1', src_ip: '10.9.9.9' }],
    [{ 'c-ip': '10.9.9.9', src_ip: '10.0.0.1' }],
  ),
  item(
    'an empty own value wins over a synonym',
    "c-ip: ''",
    [{ 'c-ip': '', src_ip: '10.0.0.1' }],
    [{ src_ip: '10.0.0.1' }],
  ),
  item('field names with blanks and dots', "'a b.c': x", [{ 'a b.c': 'x' }], [{ 'a b': 'x' }]),
];

const MODIFIERS: readonly SigmaCase[] = [
  item('contains', 'CommandLine|contains: -Enc', cmd('powershell -enc x', '-ENC'), cmd('enc', '')),
  item('startswith', 'CommandLine|startswith: cmd', cmd('CMD /c'), cmd('x cmd')),
  item('endswith', 'CommandLine|endswith: .exe', cmd('a.EXE'), cmd('a.exe ')),
  item('contains with a wildcard inside', "CommandLine|contains: 'a*b'", cmd('xxa--byy'), cmd('b a')),
  item('contains|all wants every value', 'CommandLine|contains|all: [a, b]', cmd('b a'), cmd('a', 'b')),
  item('all over a field with several values', 'Odd|contains|all: [a, b]', odd(['a', 'b'], 'ab'), odd(['a', 'c'])),
  item('cased', 'CommandLine|contains|cased: Enc', cmd('-Enc'), cmd('-enc', '-ENC')),
  item('cased before contains', 'CommandLine|cased|contains: Enc', cmd('-Enc'), cmd('-enc')),
  item('neq', 'Odd|neq: a', [{}, ...odd('b', '')], odd('a', 'A')),
  item('neq of a list wants none of them', 'Odd|neq: [a, b]', odd('c'), odd('a', 'b')),
  item('exists true', 'Odd|exists: true', odd('x', ''), [{}]),
  item('exists false', 'Odd|exists: false', [{}, { CommandLine: 'x' }], odd('x', '')),
  item('exists on a typed column', 'CommandLine|exists: true', cmd('x', '', ['a', 'b']), [{}]),
  item(
    'windash takes every dash',
    "CommandLine|windash|contains: ' -foo'",
    cmd('x -foo', 'x /foo', 'x –foo', 'x —foo', 'x ―foo'),
    cmd('x foo', 'x=foo'),
  ),
  item('windash leaves a dash inside a word alone', 'CommandLine|windash|contains: a-b', cmd('xa-bx'), cmd('a/b')),
  item('windash at several places', "CommandLine|windash: 'x -a -b'", cmd('x /a –b', 'x -a -b'), cmd('x -a b')),
  item(
    're is searched anywhere and minds the case',
    "CommandLine|re: 'a[0-9]{2,}b'",
    cmd('xa12bx'),
    cmd('a1b', 'A12B'),
  ),
  item('re anchored', "CommandLine|re: '^a.*z$'", cmd('a-z', 'az'), cmd('xa-z', 'a\nz')),
  item('re|i', "CommandLine|re|i: 'a[x-z]+b'", cmd('AXYZB', 'axb'), cmd('aab')),
  item('re with (?i) at its beginning', "CommandLine|re: '(?i)foo\\s+bar'", cmd('FOO  BAR', 'foo\tbar'), cmd('foobar')),
  item('re|m: ^ and $ at lines', "CommandLine|re|m: '^b$'", cmd('a\nb\nc'), cmd('ab')),
  item('re|s: the dot takes line breaks', "CommandLine|re|s: 'a.b'", cmd('a\nb'), cmd('ab')),
  item('re without s: the dot stops at line breaks', "CommandLine|re: 'a.b'", cmd('a-b', 'a😀b'), cmd('a\nb')),
  item(
    're: choice, groups, lazy repeats, word edges',
    "CommandLine|re: '\\b(?:cat|dog)s?\\b.*?end'",
    cmd('the dogs end', 'cat end'),
    cmd('concat end', 'dog'),
  ),
  item('re: classes', "CommandLine|re: '^[^a-c\\d]+$'", cmd('xyz', '中'), cmd('xay', 'x1')),
  item(
    're: an expression that makes others hang',
    "CommandLine|re: '^(a+)+$'",
    cmd('aaaa'),
    cmd(`${'a'.repeat(5000)}!`),
  ),
  item('base64', 'Odd|base64: foobar', odd('Zm9vYmFy'), odd('foobar', 'zm9vymfy')),
  item(
    'base64offset|contains finds the text at every offset',
    'CommandLine|base64offset|contains: whoami',
    cmd(`x ${btoa('whoami /all')}`, btoa('a whoami b'), btoa('ab whoami'), btoa(' whoami')),
    cmd('whoami', btoa('who ami')),
  ),
  item(
    'wide|base64offset|contains',
    'CommandLine|wide|base64offset|contains: ping',
    cmd(btoa('p\0i\0n\0g\0'), btoa('xxp\0i\0n\0g\0')),
    cmd(btoa('ping')),
  ),
  item('utf16le|base64', 'Odd|utf16le|base64: ab', odd(btoa('a\0b\0')), odd(btoa('ab'))),
  item('utf16be|base64', 'Odd|utf16be|base64: ab', odd(btoa('\0a\0b')), odd(btoa('a\0b\0'))),
  item(
    'utf16|base64 begins with a byte order mark',
    'Odd|utf16|base64: ab',
    odd(btoa('\xff\xfea\0b\0')),
    odd(btoa('a\0b\0')),
  ),
  item('base64 of text outside ASCII is that of its UTF-8', 'Odd|base64: 中', odd('5Lit'), odd('Ti0=')),
  item('lt', 'Odd|lt: 10', odd('9', '-5', '9.99'), [{}, ...odd('10', 'x', '')]),
  item('lte', 'Odd|lte: 10', odd('10', '2'), odd('10.5')),
  item('gt', 'Odd|gt: 10', odd('11', '100'), odd('10', '9', '1e5', '0x20')),
  item('gte with a decimal', 'Odd|gte: 1.5', odd('1.5', '2'), odd('1.49')),
  item(
    'gt on a typed column',
    'DestinationPort|gt: 1024',
    [{ DestinationPort: '8080' }],
    [{ DestinationPort: '80' }, {}],
  ),
  item(
    'cidr v4',
    'src_ip|cidr: 10.1.0.0/16',
    [{ src_ip: '10.1.2.3' }, { src_ip: '::ffff:10.1.2.3' }],
    [{ src_ip: '10.2.0.1' }, { src_ip: '-' }, { src_ip: '' }, {}, { src_ip: '010.1.2.3' }],
  ),
  item(
    'cidr v4 with an odd prefix',
    'src_ip|cidr: 192.168.4.0/22',
    [{ src_ip: '192.168.7.255' }],
    [{ src_ip: '192.168.8.0' }],
  ),
  item(
    'cidr v6',
    "src_ip|cidr: 'fe80::/10'",
    [{ src_ip: 'fe80::1' }, { src_ip: 'FEBF::1' }],
    [{ src_ip: 'fec0::1' }, { src_ip: '10.0.0.1' }, { src_ip: 'fe80:::1' }],
  ),
  item('cidr of one address', 'src_ip|cidr: 10.0.0.1', [{ src_ip: '10.0.0.1' }], [{ src_ip: '10.0.0.2' }]),
  item(
    'cidr list',
    "src_ip|cidr: [127.0.0.0/8, '::1/128']",
    [{ src_ip: '127.9.9.9' }, { src_ip: '::1' }],
    [{ src_ip: '::2' }],
  ),
  item('expand', "Odd|expand: '%admins%'", odd('root', 'Admin'), odd('%admins%', 'guest')),
  item('expand inside a text', "Odd|expand: 'u-%admins%-x'", odd('u-root-x'), odd('root')),
  item(
    'fieldref',
    'Odd|fieldref: CommandLine',
    [
      { Odd: 'A', CommandLine: 'a' },
      { Odd: '', CommandLine: '' },
    ],
    [{ Odd: 'a', CommandLine: 'b' }, { Odd: 'a' }, {}],
  ),
  item(
    'fieldref|startswith',
    'Odd|fieldref|startswith: CommandLine',
    [{ Odd: 'abc', CommandLine: 'AB' }],
    [{ Odd: 'abc', CommandLine: 'bc' }],
  ),
  item(
    'fieldref|endswith',
    'Odd|fieldref|endswith: CommandLine',
    [{ Odd: 'abc', CommandLine: 'bc' }],
    [{ Odd: 'abc', CommandLine: 'ab' }],
  ),
  item(
    'fieldref|contains',
    'Odd|fieldref|contains: CommandLine',
    [{ Odd: 'abc', CommandLine: 'B' }],
    [{ Odd: 'abc', CommandLine: 'x' }],
  ),
  item(
    'neq|fieldref',
    'Odd|fieldref|neq: CommandLine',
    [{ Odd: 'a', CommandLine: 'b' }, {}],
    [{ Odd: 'a', CommandLine: 'A' }],
  ),
  item(
    'fieldref|cased',
    'Odd|cased|fieldref: CommandLine',
    [{ Odd: 'A', CommandLine: 'A' }],
    [{ Odd: 'A', CommandLine: 'a' }],
  ),
  item(
    'hour in China',
    'Odd|hour: 8',
    odd('2026-05-06T00:30:00Z', '2026-05-06 00:30:00.123', '2026-05-06T08:30:00+08:00'),
    odd('2026-05-06T08:30:00Z', '8', 'x', '2026-02-30T00:30:00Z'),
  ),
  item('hour|gte', 'Odd|hour|gte: 22', odd('2026-05-06T15:00:00Z'), odd('2026-05-06T13:59:59Z')),
  item('minute', 'Odd|minute: 5', odd('2026-05-06 01:05:59'), odd('2026-05-06 01:06:00')),
  item('day turns with the day in China', 'Odd|day: 7', odd('2026-05-06T16:00:00Z'), odd('2026-05-06T15:59:59Z')),
  item('week', 'Odd|week: 53', odd('2027-01-01T00:00:00Z', '2026-12-31T00:00:00Z'), odd('2027-01-04T00:00:00Z')),
  item('month', 'Odd|month: 2', odd('2026-01-31T16:00:00Z'), odd('2026-01-31T15:00:00Z')),
  item('year', 'Odd|year|lt: 2026', odd('2025-12-31T15:59:59Z'), odd('2025-12-31T16:00:00Z')),
];

const CONDITIONS: readonly SigmaCase[] = [
  one(
    'and binds tighter than or',
    'a:\n  Odd: a\nb:\n  CommandLine: b\nc:\n  Image: c\ncondition: a or b and c',
    [{ Odd: 'a' }, { CommandLine: 'b', Image: 'c' }],
    [{ CommandLine: 'b' }, { Image: 'c' }],
  ),
  one(
    'brackets',
    'a:\n  Odd: a\nb:\n  CommandLine: b\nc:\n  Image: c\ncondition: (a or b) and not c',
    [{ Odd: 'a' }],
    [{ Odd: 'a', Image: 'c' }, { Image: 'x' }],
  ),
  one(
    '1 of pattern',
    'sel_a:\n  Odd: a\nsel_b:\n  Odd: b\nother:\n  Odd: c\ncondition: 1 of sel_* and not other',
    odd('a', 'b'),
    odd('c'),
  ),
  one(
    'all of pattern',
    'sel_a:\n  Odd: a\nsel_b:\n  CommandLine: b\ncondition: all of sel_*',
    [{ Odd: 'a', CommandLine: 'b' }],
    [{ Odd: 'a' }],
  ),
  one('1 of them leaves names with _ out', 'a:\n  Odd: a\n_b:\n  Odd: b\ncondition: 1 of them', odd('a'), odd('b')),
  one(
    'all of them leaves names with _ out',
    'a:\n  Odd: a\n_b:\n  CommandLine: b\ncondition: all of them',
    odd('a'),
    cmd('b'),
  ),
  one(
    'not 1 of',
    'sel:\n  Odd|contains: x\nf_a:\n  Odd: xa\nf_b:\n  Odd: xb\ncondition: sel and not 1 of f_*',
    odd('x', 'xc'),
    odd('xa', 'xb', 'y'),
  ),
  one(
    'a list of conditions means any',
    'a:\n  Odd: a\nb:\n  Odd: b\ncondition:\n  - a\n  - b',
    odd('a', 'b'),
    odd('c'),
  ),
  one('not of a missing field is true', 'a:\n  Odd: a\nb:\n  CommandLine: b\ncondition: a and not b', odd('a'), [
    { Odd: 'a', CommandLine: 'B' },
  ]),
  one(
    'keywords are searched in every value',
    'keywords:\n  - needle\n  - pin\ncondition: keywords',
    [{ Odd: 'a NEEDLE b' }, { Image: 'spin' }, { Odd: ['x', 'needle'] }],
    [{ Odd: 'x' }, {}],
  ),
  one(
    'keywords with all',
    "keywords:\n  '|all':\n    - aa\n    - bb\ncondition: keywords",
    [{ Odd: 'aa', Image: 'xbb' }],
    [{ Odd: 'aa' }],
  ),
  one(
    'keywords with a backslash',
    "keywords:\n  - 'C:\\temp\\'\ncondition: keywords",
    [{ Odd: 'in C:\\Temp\\ here' }],
    [{ Odd: 'C:temp' }],
  ),
  one(
    'keywords as regular expressions',
    "keywords:\n  '|re': 'a[0-9]b'\ncondition: keywords",
    [{ Odd: 'xa1bx' }],
    [{ Odd: 'ab' }],
  ),
  one('a field name is no keyword', 'keywords: [Odd]\ncondition: keywords', [{ Image: 'odd' }], [{ Odd: 'x' }]),
];

export const SIGMA_CASES: readonly SigmaCase[] = [...VALUES, ...MODIFIERS, ...CONDITIONS];

/** The text of a whole rule around a detection. */
export function ruleText(detection: string, logsource = 'product: windows'): string {
  const indented = detection.replaceAll('\n', '\n  ');
  return `title: Case\nid: 00000000-0000-4000-8000-000000000001\nlogsource:\n  ${logsource}\ndetection:\n  ${indented}\n`;
}

/** What `%name%` stands for in the cases. */
export const CASE_PLACEHOLDERS = { admins: ['root', 'admin'] };
