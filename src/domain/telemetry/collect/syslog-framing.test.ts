import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SyslogFraming } from './syslog-framing.ts';

const frame = (text: string, sizes: readonly number[] = [10_000], bytesMax = 100) => {
  const framing = new SyslogFraming(bytesMax);
  const bytes = Buffer.from(text);
  const messages: string[] = [];
  let tooLong = 0;
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    const cut = framing.push(bytes.subarray(at, at + size));
    messages.push(...cut.messages.map(String));
    tooLong += cut.tooLong;
    at += size;
  }
  const last = framing.end();
  if (last) messages.push(last.toString());
  return { messages, tooLong };
};

describe('syslog framing (RFC 6587)', () => {
  it('reads octet counts, also around newlines inside a message', () => {
    assert.deepEqual(frame('9 <34>a\nbcd4 <1>x').messages, ['<34>a\nbcd', '<1>x']);
  });

  it('reads a message a line, and one without a last newline when the sender closes', () => {
    assert.deepEqual(frame('<34>one\r\n<34>two\n\n<34>three').messages, ['<34>one', '<34>two', '<34>three']);
  });

  it('takes a line that begins with a number for a line', () => {
    assert.deepEqual(frame('2026 was a year\n10.0.0.1 - -\n').messages, ['2026 was a year', '10.0.0.1 - -']);
  });

  it('lets a sender mix both', () => {
    assert.deepEqual(frame('<1>line\n6 <1>abc<1>end\n').messages, ['<1>line', '<1>abc', '<1>end']);
  });

  it('drops and counts what is too long, then goes on', () => {
    const long = 'x'.repeat(150);
    assert.deepEqual(frame(`<1>${long}\n<1>ok\n`), { messages: ['<1>ok'], tooLong: 1 });
    assert.deepEqual(frame(`153 <1>${long}6 <1>abc`), { messages: ['<1>abc'], tooLong: 1 });
  });

  it('finds the same messages however the bytes come in pieces', () => {
    const text = `10 <34>a\nbcd<1>line\n153 <1>${'y'.repeat(150)}<2>two\r\n2026 x\n6 <1>abc`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
        assert.deepEqual(frame(text, sizes), frame(text));
      }),
    );
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (noise) => {
        const framing = new SyslogFraming(40);
        for (const message of framing.push(Buffer.from(noise)).messages) assert.ok(message.length <= 40);
      }),
    );
  });
});
