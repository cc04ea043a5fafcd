import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { evtxFile, raw, SYSMON_START, sysmonValues, text } from '../../../../test/support/evtx-writer.ts';
import { EVTX_HEADER_BYTES, EvtxCutter, isEvtx, readEvtxChunk } from './evtx.ts';

const chunkOf = (file: Buffer): Uint8Array => new Uint8Array(file.subarray(EVTX_HEADER_BYTES));

/** The event of a record with one value under EventData. */
function valueIn(type: number, hex: string): unknown {
  const xml = { name: 'Event', content: [{ name: 'Value', content: [{ slot: 0 }] }] };
  const { events } = readEvtxChunk(chunkOf(evtxFile([{ xml, values: [raw(type, hex)] }])));
  return JSON.parse(events[0] ?? '{}').Event?.Value;
}

describe('EVTX', () => {
  it('reads records as the XML of their events in JSON, templates shared between them', () => {
    const values = ['one', 'two'].map((line) => ({ xml: SYSMON_START, values: sysmonValues('C:\\a.exe', line) }));
    const file = evtxFile(values);
    assert.equal(isEvtx(file), true);
    const { events, damaged } = readEvtxChunk(chunkOf(file));
    assert.equal(damaged, 0);
    assert.deepEqual(
      events.map((event) => JSON.parse(event).Event.EventData),
      ['one', 'two'].map((CommandLine) => ({
        Image: 'C:\\a.exe',
        CommandLine,
        LogonId: '0x3e7',
        ProcessId: 4711,
        ProcessGuid: '{54843785-5478-EE94-4994-A5BA3E3B0328}',
        Joined: 'a4711',
      })),
    );
    const { System } = JSON.parse(events[0] ?? '').Event;
    assert.equal(System.TimeCreated['#attributes'].SystemTime, '2016-07-08T18:12:51.6816400Z');
    assert.equal(System.Correlation, null);
    assert.equal(System.EventID, '1');
  });

  it('writes values as Windows does', () => {
    const cases: readonly [type: number, hex: string, expected: unknown][] = [
      [0x01, Buffer.from('中\0\0', 'utf16le').toString('hex'), '中'],
      [0x01, '', ''],
      [0x03, 'ff', -1],
      [0x05, 'feff', -2],
      [0x0a, 'ffffffffffffffff', '18446744073709551615'],
      [0x0d, '01000000', true],
      [0x0d, '00000000', false],
      [0x0e, 'c0ffee', 'C0FFEE'],
      [0x10, '04000000', '0x4'],
      [0x10, '0400000000000000', '0x4'],
      [0x12, 'ea070500040007000800090001000200', '2026-05-07T08:09:01.002Z'],
      [0x13, '010200000000000520000000200200'.concat('00'), 'S-1-5-32-544'],
      [0x14, '10000000', '0x10'],
      [0x81, Buffer.from('a\0b\0', 'utf16le').toString('hex'), ['a', 'b']],
      [0x86, '01000200', [1, 2]],
      [0x08, '0100', null],
      [0x00, '', null],
      [0x7f, 'ab', 'AB'],
    ];
    for (const [type, hex, expected] of cases) assert.deepEqual(valueIn(type, hex), expected, `${type} ${hex}`);
  });

  it('a damaged record is counted, the next one is read', () => {
    const values = ['one', 'two', 'three'].map((line) => ({ xml: SYSMON_START, values: sysmonValues('x', line) }));
    const chunk = chunkOf(evtxFile(values));
    const view = new DataView(chunk.buffer);
    const second = 512 + view.getUint32(512 + 4, true);
    chunk[second + 24] = 0x7e;
    const { events, damaged } = readEvtxChunk(chunk);
    assert.deepEqual([events.length, damaged], [2, 1]);
  });

  it('an unused chunk is empty, one of other bytes is damaged', () => {
    assert.deepEqual(readEvtxChunk(new Uint8Array(65_536)), { events: [], damaged: 0 });
    assert.deepEqual(readEvtxChunk(new Uint8Array([1, 2, 3])), { events: [], damaged: 1 });
  });

  it('whatever bytes are changed or missing, it gives an answer in bounded time', () => {
    const records = ['a', 'b'].map((line) => ({
      xml: SYSMON_START,
      values: [...sysmonValues('x', line), text('end')],
    }));
    const chunk = chunkOf(evtxFile(records));
    const used = new DataView(chunk.buffer).getUint32(0x30, true);
    const change = fc.record({ at: fc.integer({ min: 0x28, max: used }), byte: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.option(fc.integer({ min: 0, max: used })), (changes, cut) => {
        const bytes = chunk.slice(0, cut ?? undefined);
        for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
        const { events, damaged } = readEvtxChunk(bytes);
        for (const event of events) JSON.parse(event);
        assert(damaged >= 0);
      }),
      { numRuns: 500 },
    );
  });

  it('templates that hold each other ever more often end as a damaged record', () => {
    const xml = { name: 'Event', content: Array.from({ length: 200 }, () => ({ slot: 0 })) };
    // The template stands behind the record's header and the head of its fragment.
    const place = 512 + 24 + 14;
    let value = Buffer.alloc(0);
    for (let level = 0; level < 8; level += 1) {
      const head = Buffer.from('0f0101000c01010000000000000001000000000021000', 'hex');
      const nested = Buffer.concat([head.subarray(0, 10), Buffer.alloc(12), value, Buffer.from([0])]);
      nested.writeUInt32LE(place, 10);
      nested.writeUInt32LE(1, 14);
      nested.writeUInt16LE(value.length, 18);
      nested.writeUInt8(0x21, 20);
      value = nested;
    }
    const { events, damaged } = readEvtxChunk(chunkOf(evtxFile([{ xml, values: [{ type: 0x21, bytes: value }] }])));
    assert.deepEqual([events.length, damaged], [0, 1]);
  });
});

describe('EVTX, cut into chunks', () => {
  it('gives the same chunks however the bytes come', () => {
    const file = evtxFile([{ xml: SYSMON_START, values: sysmonValues('x', 'y') }]);
    const two = Buffer.concat([file, file.subarray(EVTX_HEADER_BYTES), Buffer.from('a rest')]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 }), (sizes) => {
        const cutter = new EvtxCutter();
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (let turn = 0; at < two.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(...cutter.push(two.subarray(at, at + Math.max(size, 50))));
          at += Math.max(size, 50);
        }
        chunks.push(...cutter.end());
        assert.deepEqual(
          chunks.map(({ length }) => length),
          [65_536, 65_536, 6],
        );
        assert.equal(readEvtxChunk(chunks[1] ?? new Uint8Array()).events.length, 1);
      }),
      { numRuns: 30 },
    );
  });
});
