import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_ZONE } from '#engine/fields/zone.ts';
import { parseAccessLog } from './access-log.ts';
import { parseCsvLine } from './csv.ts';
import { openText } from './define.ts';
import { flattenJson, parseJsonObject } from './json.ts';
import { parseKeyValue } from './kv.ts';
import { LIMITS } from './record.ts';
import { parseSyslog } from './syslog.ts';
import { parseTimestamp, resolveYear } from './time.ts';

const receivedAtMs = Date.UTC(2026, 4, 20, 2, 0, 0);
const context = { receivedAtMs, zone: DEFAULT_ZONE };
const syslog = (text: string) => parseSyslog(text, context);
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

describe('times', () => {
  test('a time with a zone is read in that zone, a time without one in the configured zone', () => {
    assert.equal(iso(parseTimestamp('2026-05-20T10:00:00.123456+08:00', 'UTC')), '2026-05-20T02:00:00.123Z');
    assert.equal(iso(parseTimestamp('2026/5/20 10:00:00', 'Asia/Shanghai')), '2026-05-20T02:00:00.000Z');
    assert.equal(iso(parseTimestamp('2026-01-20 10:00:00', 'Europe/Berlin')), '2026-01-20T09:00:00.000Z');
    assert.equal(iso(parseTimestamp('2026-07-20 10:00:00', 'Europe/Berlin')), '2026-07-20T08:00:00.000Z');
    assert.equal(iso(parseTimestamp('20/May/2026:10:00:00 +0800', 'UTC')), '2026-05-20T02:00:00.000Z');
    assert.equal(iso(parseTimestamp('1779242400.5', 'UTC')), '2026-05-20T02:00:00.500Z');
    assert.equal(iso(parseTimestamp('1779242400500', 'UTC')), '2026-05-20T02:00:00.500Z');
  });

  test('a time in UTC says the same whether it is written with Z or as an offset', () => {
    const part = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'));
    const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9x]{0,10}$/));
    const text = fc
      .tuple(fc.constantFrom('0050', '1970', '2024', '2026', '20x6'), part(13), part(32), part(25), part(61), part(61))
      .map(([year, month, day, hour, minute, second]) => `${year}-${month}-${day}T${hour}:${minute}:${second}`);
    fc.assert(
      fc.property(text, fraction, fc.constantFrom('T', ' '), (time, rest, between) => {
        const written = time.replace('T', between) + rest;
        assert.equal(
          parseTimestamp(`${written}Z`, 'Asia/Shanghai'),
          parseTimestamp(`${written}+00:00`, 'Asia/Shanghai'),
        );
      }),
      { numRuns: 2000 },
    );
    assert.equal(iso(parseTimestamp('2024-02-29T23:59:60.98765Z', 'UTC')), '2024-03-01T00:00:00.987Z');
  });

  test('a day that does not exist is no time', () => {
    assert.equal(parseTimestamp('2026-02-30 10:00:00', 'UTC'), undefined);
    assert.equal(parseTimestamp('yesterday', 'UTC'), undefined);
  });

  test('a year-less time near the turn of the year takes the year that is not in the future', () => {
    const newYear = Date.UTC(2026, 0, 1, 0, 5);
    const at = { month: 12, day: 31, hour: 23, minute: 59, second: 0, millisecond: 0 };
    assert.equal(iso(resolveYear(at, newYear, 'UTC')), '2025-12-31T23:59:00.000Z');
    const fastClock = { ...at, month: 1, day: 1, hour: 0, minute: 10 };
    assert.equal(iso(resolveYear(fastClock, newYear, 'UTC')), '2026-01-01T00:10:00.000Z');
    assert.equal(iso(resolveYear({ ...at, month: 2, day: 29 }, newYear, 'UTC')), '2024-02-29T23:59:00.000Z');
  });
});

describe('syslog', () => {
  test('RFC 5424 with structured data and its escapes', () => {
    const { record, problems } = syslog(
      '<165>1 2026-05-20T10:00:00.003+08:00 web-01 portal 812 ID47 [ex@32473 iut="3" note="a \\"b\\" c\\] d\\\\ e\\f"][x y="1"] \uFEFF登录失败',
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(record, {
      facility: 20,
      severity: 5,
      timeMs: Date.UTC(2026, 4, 20, 2, 0, 0, 3),
      hostname: 'web-01',
      program: 'portal',
      pid: '812',
      messageId: 'ID47',
      structured: { 'ex@32473.iut': '3', 'ex@32473.note': 'a "b" c] d\\ e\\f', 'x.y': '1' },
      message: '登录失败',
    });
  });

  test('RFC 5424 with nil values', () => {
    const { record, problems } = syslog('<14>1 - - - - - - hello');
    assert.deepEqual(problems, []);
    assert.equal(record.timeMs, undefined);
    assert.equal(record.hostname, '');
    assert.equal(record.message, 'hello');
  });

  test('structured data that is not closed is a problem and stays in the message', () => {
    const { record, problems } = syslog('<14>1 - h a - - [x y="1 end');
    assert.match(problems.join(), /not closed/);
    assert.equal(record.message, '[x y="1 end');
  });

  test('RFC 3164 takes its year from receipt and its zone from the configuration', () => {
    const { record } = syslog('<38>May 20 09:58:01 db-02 sshd[2211]: Accepted password for root');
    assert.equal(iso(record.timeMs), '2026-05-20T01:58:01.000Z');
    assert.deepEqual(
      [record.facility, record.severity, record.hostname, record.program, record.pid, record.message],
      [4, 6, 'db-02', 'sshd', '2211', 'Accepted password for root'],
    );
  });

  test('RFC 3164 with parts missing', () => {
    const parts = (text: string) => {
      const { record } = syslog(text);
      return [record.hostname, record.program, record.pid, record.message, record.timeMs !== undefined];
    };
    assert.deepEqual(parts('May  3 09:58:01 db su: x'), ['db', 'su', '', 'x', true]);
    assert.deepEqual(parts('<38>su[1]: x'), ['', 'su', '1', 'x', false]);
    assert.deepEqual(parts('<38>May 20 09:58:01 su[1]: x'), ['', 'su', '1', 'x', true]);
    assert.deepEqual(parts('<38>May 20 09:58:01 host only words'), ['host', '', '', 'only words', true]);
    assert.deepEqual(parts('<38>May 20 2026 09:58:01 host a: x'), ['host', 'a', '', 'x', true]);
    assert.deepEqual(parts('2026-05-20T09:58:01+08:00 host a: x'), ['host', 'a', '', 'x', true]);
    assert.deepEqual(parts('<38>May 20 09:58:01 2001:db8::1 a: x'), ['2001:db8::1', 'a', '', 'x', true]);
    assert.deepEqual(parts('no syslog: at all'), ['', '', '', 'no syslog: at all', false]);
  });

  test('a priority outside the standard is a problem, not a failure', () => {
    assert.match(syslog('<999>May 20 09:58:01 h a: x').problems.join(), /priority/);
  });
});

describe('key and value', () => {
  test('space separated with quotes, escapes and Windows paths', () => {
    const { record, problems } = parseKeyValue('a=1 b="x \\"y\\" z" path="C:\\Temp\\n" empty= c=\'q r\'', {
      assign: '=',
      pair: 'space',
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(record, { a: '1', b: 'x "y" z', path: 'C:\\Temp\\n', empty: '', c: 'q r' });
  });

  test('comma separated values keep their spaces and their own commas', () => {
    const { record } = parseKeyValue('vsys=public, rule-name=allow web, all, time=2026/5/20 10:00:00, last=', {
      assign: '=',
      pair: 'comma',
    });
    assert.deepEqual(record, {
      vsys: 'public',
      'rule-name': 'allow web, all',
      time: '2026/5/20 10:00:00',
      last: '',
    });
  });

  test('Chinese names with full-width marks', () => {
    const { record } = parseKeyValue('日志类型：服务控制，用户：(null)，源IP：192.168.1.133，系统动作:被记录', {
      assign: ':',
      pair: 'comma',
    });
    assert.deepEqual(record, { 日志类型: '服务控制', 用户: '(null)', 源IP: '192.168.1.133', 系统动作: '被记录' });
  });

  test('a repeated name makes a list and stray words are reported once', () => {
    const { record, problems } = parseKeyValue('so here a=1 a=2 end', { assign: '=', pair: 'space' });
    assert.deepEqual(record, { a: ['1', '2'] });
    assert.equal(problems.length, 1);
  });

  test('every sign is white space, part of a name or neither, as expressions have it', () => {
    const [space, name] = [/\s/, /[^\s=:：,;，；"'(){}]/];
    for (let code = 0; code <= 0xffff; code += 1) {
      const sign = String.fromCharCode(code);
      const { record } = parseKeyValue(`a=x${sign}b=y n${sign}m=z`, { assign: '=', pair: 'space' });
      assert.equal(record.a, space.test(sign) ? 'x' : `x${sign}b=y`, `sign ${code} in a value`);
      assert.equal(record[`n${sign}m`], name.test(sign) ? 'z' : undefined, `sign ${code} in a name`);
    }
  });

  test('a name of more than 128 signs is none, and what comes after it is read', () => {
    const long = 'n'.repeat(128);
    assert.equal(parseKeyValue(`${long}=1`, { assign: '=', pair: 'space' }).record[long], '1');
    const { record, problems } = parseKeyValue(`${long}m=1 a=2`, { assign: '=', pair: 'space' });
    assert.deepEqual(record, { m: '1', a: '2' });
    assert.equal(problems.length, 1);
  });

  test('a quoted value that is not closed goes to the end, its escapes resolved', () => {
    const { record, problems } = parseKeyValue('a="x \\"y\\\\ z', { assign: '=', pair: 'space' });
    assert.deepEqual(record, { a: 'x "y\\ z' });
    assert.deepEqual(problems, ['a quoted value is not closed']);
  });
});

describe('JSON', () => {
  test('nesting becomes dotted names, lists stay lists, numbers and truths become text', () => {
    const { record } = parseJsonObject('{"a":{"b":1,"c":[1,2],"n":null},"l":[{"x":"1"},{"x":"2"}],"t":true}');
    assert.deepEqual(flattenJson(record ?? {}).record, { 'a.b': '1', 'a.c': ['1', '2'], 'l.x': ['1', '2'], t: 'true' });
  });

  test('a whole number too long for a double keeps its digits', () => {
    const { record } = parseJsonObject('{"Keywords": -9214364837600034816, "n": 1.5}');
    assert.deepEqual(flattenJson(record ?? {}).record, { Keywords: '-9214364837600034816', n: '1.5' });
  });

  test('depth and number of fields are bounded', () => {
    const deep = parseJsonObject(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`).record ?? {};
    assert.match(flattenJson(deep).problems.join(), /nested deeper/);
    const wide = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, i]));
    const flat = flattenJson(wide);
    assert.equal(Object.keys(flat.record).length, LIMITS.fields);
    assert.match(flat.problems.join(), /more than/);
  });

  test('a key named __proto__ is left out and reported', () => {
    const flat = flattenJson(parseJsonObject('{"__proto__":{"x":1},"__proto__":"y","ok":1}').record ?? {});
    assert.equal(Object.getPrototypeOf(flat.record), Object.prototype);
    assert.equal(flat.record.ok, '1');
  });
});

describe('access log', () => {
  test('the combined format', () => {
    const { record, problems } = parseAccessLog(
      '59.211.8.4 - - [20/May/2026:10:00:00 +0800] "GET /a?b=\\x22c\\x22 HTTP/1.1" 200 512 "-" "Mozilla/5.0 \\"x\\"" 0.003 "10.1.1.1"',
      'UTC',
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(record, {
      virtualHost: '',
      client: '59.211.8.4',
      user: '',
      timeMs: Date.UTC(2026, 4, 20, 2, 0, 0),
      method: 'GET',
      target: '/a?b="c"',
      protocol: 'HTTP/1.1',
      status: '200',
      bytes: '512',
      referer: '',
      userAgent: 'Mozilla/5.0 "x"',
      extra: ['0.003', '10.1.1.1'],
    });
  });

  test('the common format, a virtual host in front, and a request that is not HTTP', () => {
    const common = parseAccessLog('::1 - bob [20/May/2026:10:00:00 +0800] "HEAD / HTTP/1.0" 304 -', 'UTC').record;
    assert.deepEqual([common?.client, common?.user, common?.method, common?.bytes], ['::1', 'bob', 'HEAD', '']);
    const hosted = parseAccessLog('www.gx:443 10.0.0.1 - - [20/May/2026:10:00:00 +0800] "GET / HTTP/2" 200 1', 'UTC');
    assert.deepEqual([hosted.record?.virtualHost, hosted.record?.client], ['www.gx:443', '10.0.0.1']);
    const tls = parseAccessLog('10.0.0.1 - - [20/May/2026:10:00:00 +0800] "\\x16\\x03\\x01" 400 157 "-" "-"', 'UTC');
    assert.equal(tls.record?.target, '\u0016\u0003\u0001');
    assert.match(tls.problems.join(), /no HTTP request/);
  });

  test('other text is refused with a reason', () => {
    assert.equal(parseAccessLog('hello [x] "y"', 'UTC').record, undefined);
  });
});

describe('CSV', () => {
  test('quotes, doubled quotes, empty cells', () => {
    assert.deepEqual(parseCsvLine('a,"b,""c""",,d\r\n').record, ['a', 'b,"c"', '', 'd']);
    assert.match(parseCsvLine('a,"b').problems.join(), /not closed/);
  });

  test('what is written as RFC 4180 is read back', () => {
    const cell = fc.string({ unit: 'grapheme' }).map((text) => text.trim());
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 8 }), (cells) => {
        const line = cells.map((value) => `"${value.replaceAll('"', '""')}"`).join(',');
        assert.deepEqual(parseCsvLine(line).record, cells);
      }),
    );
  });
});

describe('any text whatever', () => {
  const pieces = fc.constantFrom(
    '<34>1 ',
    '<13>',
    'Oct 11 22:14:15 ',
    '[',
    ']',
    '"',
    '\\',
    '=',
    ', ',
    '{',
    '}',
    '\uFEFF',
    ' - ',
  );
  const hostile = fc
    .array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 30 })
    .map((all) => all.join(''));

  test('no parser throws, and no record outgrows its bounds', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const opened = openText(text, context);
        assert.equal(typeof opened.syslog.message, 'string');
        if (opened.json !== undefined) flattenJson(opened.json);
        for (const assign of ['=', ':'] as const) {
          for (const pair of ['space', 'comma'] as const) {
            assert.ok(Object.keys(parseKeyValue(text, { assign, pair }).record).length <= LIMITS.fields);
          }
        }
        parseAccessLog(text, DEFAULT_ZONE);
        assert.ok(parseCsvLine(text).record.length <= LIMITS.csvColumns);
        parseTimestamp(text, DEFAULT_ZONE);
      }),
      { numRuns: 1000 },
    );
  });

  test('any JSON object flattens to text', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 6 }), (value) => {
        for (const field of Object.values(flattenJson(value).record)) {
          assert.ok(typeof field === 'string' || field.every((item) => typeof item === 'string'));
        }
      }),
    );
  });

  test('text far over the limit is cut and reported, in linear time', () => {
    for (const unit of ['a', ',', '"', '=', 'a=1,', '{"a":', ' [', '\\x41']) {
      const long = unit.repeat(Math.ceil(1_000_000 / unit.length));
      assert.match(parseKeyValue(long, { assign: '=', pair: 'comma' }).problems.join(), /longer than/);
      assert.match(syslog(long).problems.join(), /longer than/);
      parseAccessLog(`1.1.1.1 - - [x] "${long}`, DEFAULT_ZONE);
      assert.match(parseCsvLine(long).problems.join(), /longer than/);
      assert.equal(parseJsonObject(long).record, undefined);
    }
  });
});
