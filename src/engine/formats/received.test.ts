import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { damageOf, receivedBytes, receivedJson, receivedLine, receivedText } from './received.ts';

const utf8 = (text: string): Buffer => Buffer.from(text);
/** 应用审计告警 in GB 18030 */
const GB = Buffer.from('d3a6d3c3c9f3bcc6b8e6beaf', 'hex');
const join = (...parts: readonly (Uint8Array | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));

/** The bytes of a line, from its text and what is said beside it. */
function bytesOf({ text, encoding }: { text: string; encoding: string }): Buffer {
  if (encoding === 'latin1') return Buffer.from(text, 'latin1');
  let bytes: Buffer = Buffer.from(text);
  for (const place of encoding.split(' ').slice(1)) {
    const [hex = '', at = ''] = place.split('@');
    const from = at === 'end' ? bytes.length - 3 : Number(at);
    bytes = join(bytes.subarray(0, from), Buffer.from(hex, 'hex'), bytes.subarray(from + 3));
  }
  return bytes;
}

describe('a line as it was received', () => {
  const cases: readonly (readonly [string, Buffer, string, string])[] = [
    ['UTF-8', utf8('用户 admin 登录'), '用户 admin 登录', ''],
    ['GB 18030', join('app: ', GB, ' ok'), 'app: 应用审计告警 ok', 'gb18030'],
    ['UTF-8 without its last byte', utf8('应用审计告警').subarray(0, -1), '应用审计告\ufffd', 'utf-8 e8ad@end'],
    ['UTF-8 without its last two', utf8('应用审计告警').subarray(0, -2), '应用审计告\ufffd', 'utf-8 e8@end'],
    ['UTF-8 cut in a sign of four bytes', utf8('应用😀').subarray(0, -1), '应用\ufffd', 'utf-8 f09f98@end'],
    [
      'UTF-8 from the middle of a character',
      utf8('应用审计告警').subarray(1),
      '\ufffd\ufffd用审计告警',
      'utf-8 ba@0 94@1',
    ],
    ['one character of UTF-8 and the first byte of one', utf8('密码').subarray(0, 4), '密\ufffd', 'utf-8 e7@end'],
    ['UTF-8 with a bad byte', join('应用审计', Buffer.from([0xff]), '告警'), '应用审计\ufffd告警', 'utf-8 ff@12'],
    [
      'one character of UTF-8 and half of one',
      join('应', Buffer.from([0xe7, 0x94]), ' x'),
      '应\ufffd x',
      'utf-8 e794@3',
    ],
    ['GB 18030 without its last byte', GB.subarray(0, -1), '应用审计告\ufffd', 'gb18030 be@end'],
    ['neither', join('user ', Buffer.from([0xff, 0xfe, 0x80]), 'adm'), 'user ÿþ\x80adm', 'latin1'],
  ];
  for (const [name, bytes, text, encoding] of cases) {
    it(`is read, and its bytes can be told: ${name}`, () => {
      const line = receivedLine(bytes);
      assert.deepEqual(line, { text, encoding });
      assert.equal(damageOf(line) === '', encoding === '' || encoding === 'gb18030');
      if (encoding !== 'gb18030' && !encoding.startsWith('gb18030 ')) assert.deepEqual(bytesOf(line), bytes);
    });
  }

  it('says what stands for what', () => {
    assert.match(damageOf({ text: '', encoding: 'latin1' }), /neither UTF-8 nor GB 18030/);
    assert.equal(
      damageOf({ text: '', encoding: 'utf-8 ff@12 e5@end' }),
      'U+FFFD stands for bytes that are no character: ff@12 e5@end',
    );
    assert.match(damageOf({ text: '{"a":"\\udcff"}', encoding: '' }), /udc80/);
    assert.equal(damageOf({ text: JSON.stringify('😀').replace('😀', '\\ud83d\\udc80'), encoding: '' }), '');
  });

  it('in GB 18030 is not taken for damaged UTF-8, whatever it says', () => {
    const words = ['失败', '登录', '用户', '对外', '审计', '告警', '联通', '防火墙', '已阻断', '请求', '。', ' ok '];
    const names = ['陈昊', '周瑜', '李珏'];
    const codes = new Map([...words, ...names].map((word) => [word, encodeGb(word)]));
    const some = fc.array(fc.constantFrom(...words), { minLength: 2, maxLength: 6 });
    const text = fc.tuple(some, fc.constantFrom(...names), some).map((parts) => parts.flat());
    fc.assert(
      fc.property(text, (said) => {
        const line = receivedLine(Buffer.concat(said.map((word) => codes.get(word) ?? Buffer.alloc(0))));
        if (line.encoding !== '') assert.deepEqual(line, { text: said.join(''), encoding: 'gb18030' });
      }),
    );
  });

  it('gives its bytes back, whatever they are', () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom('应用审计', 'login', '告警').map(utf8),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const bytes = Buffer.concat(parts);
        const line = receivedLine(bytes);
        if (!line.encoding.startsWith('gb18030')) assert.deepEqual(bytesOf(line), bytes);
        if (!line.encoding.startsWith('gb18030')) assert.deepEqual(receivedBytes(receivedText(bytes)), bytes);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a document of JSON as it was received', () => {
  it('may hold texts of several encodings, and bytes that are no text', () => {
    const bytes = join('{"a":"应用审计","b":"', GB, '","c":"x', Buffer.from([0xff]), '"}');
    const value: unknown = JSON.parse(receivedJson(bytes));
    assert.deepEqual(value, { a: '应用审计', b: '应用审计告警', c: 'x\udcff' });
    assert.match(JSON.stringify(value), /"x\\udcff"/);
  });

  it('may have a backslash within a character of GB 18030', () => {
    // 誠 is d55c, and 5c is a backslash.
    const bytes = join('{"a":"', Buffer.from([0xd5, 0x5c]), '","b":"\\"', GB, '"}');
    assert.deepEqual(JSON.parse(receivedJson(bytes)), { a: '誠', b: '"应用审计告警' });
  });

  it('of UTF-8 with one bad byte keeps its rare letters', () => {
    const bytes = join('{"a":"é","b":"应用审计","c":"', Buffer.from([0xff]), '"}');
    assert.deepEqual(JSON.parse(receivedJson(bytes)), { a: 'é', b: '应用审计', c: '\udcff' });
  });

  it('that ends in the middle is no JSON, as before', () => {
    assert.throws(() => JSON.parse(receivedJson(join('{"a":"', GB))), SyntaxError);
  });
});

/** GB 2312 by looking through all of its codes: Node has no encoder for it. */
function encodeGb(text: string): Buffer {
  const decoder = new TextDecoder('gb18030');
  return Buffer.concat(
    Array.from(text, (sign) => {
      if (sign < '\x80') return Buffer.from(sign);
      for (let lead = 0xa1; lead < 0xf8; lead += 1)
        for (let second = 0xa1; second < 0xff; second += 1) {
          const code = Buffer.from([lead, second]);
          if (decoder.decode(code) === sign) return code;
        }
      throw new Error(`${sign} is not in GB 2312`);
    }),
  );
}
