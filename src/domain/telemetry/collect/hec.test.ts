import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HEC, readHecEvents, readHecRaw } from './hec.ts';

const BYTES_MAX = 200;
const events = (text: string) => {
  const read = readHecEvents(Buffer.from(text), BYTES_MAX);
  return Array.isArray(read) ? read.map(String) : read;
};

describe("events of Splunk's HTTP event collector", () => {
  it('are objects one after the other, kept as they came', () => {
    assert.deepEqual(events('{"event":"a","time":1.5}{"event":{"n":12345678901234567890}}\n\n {"event":"{}"}'), [
      '{"log":"hec/1","event":"a","time":1.5}',
      '{"log":"hec/1","event":{"n":12345678901234567890}}',
      '{"log":"hec/1","event":"{}"}',
    ]);
  });

  it('are refused together, and the one at fault is named', () => {
    for (const [text, answer] of [
      ['', HEC.noData],
      ['{"event":"a"}{"time":1}', { ...HEC.eventRequired, 'invalid-event-number': 1 }],
      ['{"event":""}', { ...HEC.eventBlank, 'invalid-event-number': 0 }],
      ['{"event":"a"', { ...HEC.invalidFormat, 'invalid-event-number': 0 }],
      ['text', { ...HEC.invalidFormat, 'invalid-event-number': 0 }],
      [`{"event":"${'x'.repeat(BYTES_MAX)}"}`, { ...HEC.tooLarge, 'invalid-event-number': 0 }],
    ] as const) {
      assert.deepEqual(events(text), answer, text);
    }
  });

  it('are kept as good JSON, or refused, whatever comes', () => {
    const piece = fc.oneof(fc.constantFrom('{"event":', '"a"', '}', '{', '[', ',', '\\', '"'), fc.json(), fc.string());
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const read = events(pieces.join(''));
        if (Array.isArray(read)) for (const text of read) assert.equal(JSON.parse(text).log, 'hec/1');
      }),
    );
  });
});

describe("lines of Splunk's HTTP event collector", () => {
  it('stay as they came, or say what the address says of them', () => {
    const lines = (about: object) => {
      const read = readHecRaw(Buffer.from('one\r\n\ntwo'), about, BYTES_MAX);
      return Array.isArray(read) ? read.map(String) : read;
    };
    assert.deepEqual(lines({}), ['one', 'two']);
    assert.deepEqual(lines({ host: 'gw' }), [
      '{"log":"hec/1","host":"gw","event":"one"}',
      '{"log":"hec/1","host":"gw","event":"two"}',
    ]);
    assert.deepEqual(readHecRaw(Buffer.from('x'.repeat(BYTES_MAX + 1)), {}, BYTES_MAX), HEC.tooLarge);
  });
});
