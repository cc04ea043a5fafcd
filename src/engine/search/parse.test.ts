import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ValueTest } from '#engine/condition/condition.ts';
import { parseSearch } from './parse.ts';
import type { Search } from './query.ts';

const MD5 = '44d88612fea8a8f36de82e1278abb02f';

function shown(test: ValueTest): string {
  switch (test.op) {
    case 'text':
      return test.pattern
        .map((piece) => ('text' in piece ? piece.text : { any: '*', one: '?', dash: '-' }[piece.wild]))
        .join('');
    case 'regex':
      return `matches /${test.regex.source}/`;
    case 'cidr':
      return `in ${test.network}`;
    case 'number':
      return `${test.compare} ${test.value}`;
    case 'time':
      return test.part;
  }
}

function show(search: Search | undefined): string {
  if (search === undefined) return 'all';
  switch (search.kind) {
    case 'and':
    case 'or':
      return `(${search.of.map(show).join(search.kind === 'and' ? ' & ' : ' | ')})`;
    case 'not':
      return `!${show(search.of)}`;
    case 'fact':
      return `${search.column}=${shown(search.test)}`;
    case 'condition': {
      const { condition } = search;
      if (condition.kind === 'absent') return `absent ${condition.field}`;
      return condition.kind === 'field' ? `${condition.field}=${shown(condition.test)}` : condition.kind;
    }
  }
}

function read(query: string): string {
  const parsed = parseSearch(query);
  return parsed.ok ? show(parsed.search) : `${parsed.problem.column} ${parsed.problem.reason}`;
}

describe('search query', () => {
  const cases: readonly [query: string, meaning: string][] = [
    ['', 'all'],
    ['   ', 'all'],
    ['Image:*\\cmd.exe', 'Image=*\\cmd.exe'],
    ['image:x user_name:y', '(Image=x & User=y)'],
    ['process.executable:x', 'Image=x'],
    ['process_executable=x', 'Image=x'],
    ['用户：张三', 'User=张三'],
    ['命令行:"whoami /all"', 'CommandLine=whoami /all'],
    ['a:1 or b:2 c:3', '(a=1 | (b=2 & c=3))'],
    ['（a:1 或 b:2） 且 非 c:3', '((a=1 | b=2) & !c=3)'],
    ['not not a:1', '!!a=1'],
    ['-a:1 !b:2', '(!a=1 & !b=2)'],
    ['Status:-1', 'Status=-1'],
    ['src_ip:10.0.0.0/8', 'src_ip=in 10.0.0.0/8'],
    ['source_ip:10.1.2.3', 'src_ip=10.1.2.3'],
    ['url_path:/admin/login', 'cs-uri-stem=/admin/login'],
    ['status:>=400', 'status=gte 400'],
    ['bytes_out:100..200', '(bytes_sent=gte 100 & bytes_sent=lte 200)'],
    ['EventID:(4624 or 4625 4626)', '(EventID=4624 | EventID=4625 | EventID=4626)'],
    ['Image:~"\\\\(cmd|sh)\\.exe$"', 'Image=matches /\\\\(cmd|sh)\\.exe$/'],
    ['Image:*', '!absent Image'],
    ['problem:*', '!problem='],
    ['source:unparsed', 'source=unparsed'],
    ['odd-name:x', 'odd-name=x'],
    ['mimikatz', 'searchable=*mimikatz*'],
    ['"two words"', 'searchable=*two words*'],
    ['C:\\Windows', '(searchable=*C:\\Windows* | searchable=*C:\\\\Windows*)'],
    ['http://x.cn/a', 'searchable=*http://x.cn/a*'],
    ['勒索 病毒', '(searchable=*勒索* & searchable=*病毒*)'],
    ['Image:"C:\\Program Files\\"', 'Image=C:\\Program Files\\'],
    ['Image:"C:\\Program Files\\\\"', 'Image=C:\\Program Files\\'],
    ['a:"C:\\x\\\\" and b:"D:\\y\\\\"', '(a=C:\\x\\ & b=D:\\y\\)'],
    ['a:"say \\"hi\\" now"', 'a=say "hi" now'],
    ['a:"{\\\\\\"b\\\\\\":1}"', 'a={\\"b\\":1}'],
    ['a:~"x\\\\" b:"y"', '(a=matches /x\\\\/ & b=y)'],
    ['received:>=2026-03-02T09:30+08:00', 'received_at=gte 1772415000000'],
    ['收到:<2026-03-02T01:30:00.000Z', 'received_at=lt 1772415000000'],
    ['constructor:x __proto__:y', '(constructor=x & __proto__=y)'],
    [`hash:${MD5}`, `Hashes=*${MD5}*`],
    [`Hashes:"${MD5.toUpperCase()}"`, `Hashes=*${MD5.toUpperCase()}*`],
    [`file.hash:IMPHASH=${MD5}`, `Hashes=*imphash=${MD5}*`],
    [`hash:(${MD5} or x)`, `(Hashes=*${MD5}* | Hashes=x)`],
    [`hash:SHA1=1,MD5=${MD5}`, `Hashes=SHA1=1,MD5=${MD5}`],
    [`md5:${MD5}`, `(md5=${MD5} | Hashes=*${MD5}*)`],
    [`process.hash.sha256:${MD5}${MD5}`, `(process.hash.sha256=${MD5}${MD5} | Hashes=*${MD5}${MD5}*)`],
    [`imphash:${MD5}`, `(imphash=${MD5} | Hashes=*imphash=${MD5}*)`],
    ['SHA1:*', '(!absent SHA1 | Hashes=*sha1=*)'],
    ['sha1:unknown', 'sha1=unknown'],
    ['md5:"00"', 'md5=00'],
    [`other:${MD5}`, `other=${MD5}`],
    ['event_code>=4688 x', '(EventID=gte 4688 & searchable=*x*)'],
    ['事件号<4700', 'EventID=lt 4700'],
    ['received>=2026-03-02T09:30+08:00', 'received_at=gte 1772415000000'],
    ['user<script>', 'searchable=*user<script>*'],
    ['"custom>=5"', 'searchable=*custom>=5*'],
    ['a >= 5', '(searchable=*a* & searchable=*>=* & searchable=*5*)'],
    ['QUJDREVGRw==', 'searchable=*QUJDREVGRw==*'],
    ['file_path:/var/log/', 'TargetFilename=/var/log/'],
    ['file_path:/home/*/.ssh/', 'TargetFilename=/home/*/.ssh/'],
    ['file_path:(/a/.* /b/)', '(TargetFilename=/a/.* | TargetFilename=/b/)'],
    ['file_path:/var (a or b)', '(TargetFilename=/var & (searchable=*a* | searchable=*b*))'],
    ['odd:[x]', 'odd=[x]'],
  ];
  for (const [query, meaning] of cases) {
    it(`reads ${JSON.stringify(query)}`, () => {
      const expected = meaning.replace('cs-uri-stem', nameOf('url_path')).replaceAll('bytes_sent', nameOf('bytes_out'));
      assert.equal(
        read(query),
        expected.replace('src_ip', query.startsWith('src_ip') ? 'src_ip' : nameOf('source_ip')),
      );
    });
  }

  /** Spellings of other products, where they would find nothing as they stand: their fault, and the form they have here. */
  const foreign: readonly [query: string, fault: string, hint: string][] = [
    ['custom>=5', '7 comparison', 'custom:>=5'],
    ['event_code >= 4688', '12 comparison', 'event_code:>=100'],
    ['host:x event_code = 4688', '19 equality', 'event_code:value'],
    ['event_code==4688', '11 equality', 'event_code:4688'],
    ['a or user!=root', '10 equality', 'not user:root'],
    ['user<>root', '5 equality', 'not user:root'],
    ['event_code:[4600 TO 4700] x', '12 interval', 'event_code:4600..4700'],
    ['event_code:[ 4600 TO * ]', '12 interval', 'event_code:>=4600'],
    ['bytes_out:{1 TO 2.5]', '11 interval', 'bytes_out:>1 and bytes_out:<=2.5'],
    ['EventTime:[now-1d TO now]', '11 interval', 'times are set beside the query'],
    ['命令行:/.*net.*/', '5 expression', '命令行:~".*net.*"'],
    ['command:/net.*"x"/i', '9 expression', 'command:~"net.*\\"x\\""'],
    ['not command:/^net user.*/ x', '13 expression', 'command:~"^net user.*"'],
    ['command:/(net|whoami)/', '9 expression', 'command:~"'],
  ];
  for (const [query, fault, hint] of foreign) {
    it(`refuses ${query} and says how it is written`, () => {
      const parsed = parseSearch(query);
      assert.ok(!parsed.ok);
      assert.equal(`${parsed.problem.column} ${parsed.problem.reason}`, fault);
      assert.ok(parsed.problem.hint.includes(hint), parsed.problem.hint);
    });
  }

  const faults: readonly [query: string, fault: string][] = [
    ['a:"open', '3 quote'],
    ['(a:1', '1 bracket'],
    ['a:1)', '4 bracket'],
    ['a:1 and', '8 operand'],
    ['or b', '1 operand'],
    ['()', '2 operand'],
    ['a:', '3 value'],
    ['a: and b', '4 value'],
    ['a:()', '4 value'],
    ['a:(x and y)', '6 value'],
    ['port:>many', '6 number'],
    ['source_ip:10.0.0.0/99', '11 network'],
    ['received:2026-03-02', '10 moment'],
    ['received:>=2026-13-02T01:30:00Z', '10 moment'],
    ['received:~"2026"', '10 moment'],
    ['a:~"("', '4 regex'],
    ['sha256:275a021b', '8 digest'],
    [`${'('.repeat(40)}a${')'.repeat(40)}`, '31 too_deep'],
    ['x '.repeat(250), '401 too_many'],
    ['x'.repeat(4001), '1 too_long'],
  ];
  for (const [query, fault] of faults) {
    it(`says where ${JSON.stringify(query.slice(0, 30))} is wrong`, () => {
      const parsed = parseSearch(query);
      assert.ok(!parsed.ok && parsed.problem.hint !== '' && parsed.problem.message !== '');
      const [column, reason] = fault.split(' ');
      assert.equal(parsed.problem.reason, reason);
      if (reason !== 'regex') assert.equal(parsed.problem.column, Number(column));
    });
  }

  it('answers any text with a tree or a problem, never by throwing', () => {
    const words = fc.constantFrom(
      'a:',
      '"',
      '(',
      ')',
      'and',
      'or',
      'not',
      '-',
      '~',
      '*',
      '>',
      '..',
      '>=5',
      '!=',
      'port',
      '/.*',
      '[',
      ' TO ',
      '10.0.0.0/8',
      '中',
      ' ',
      'x',
      '\\',
      ':',
    );
    const texts = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (query) => {
        const parsed = parseSearch(query);
        if (!parsed.ok) assert.ok(parsed.problem.column >= 1 && parsed.problem.column <= Array.from(query).length + 2);
      }),
      { numRuns: 500 },
    );
  });
});

/** The first of Sigma's names of a column, as the parser resolves it. */
function nameOf(column: string): string {
  const parsed = parseSearch(`${column}:x`);
  return parsed.ok ? (show(parsed.search).split('=')[0] ?? '') : '';
}
