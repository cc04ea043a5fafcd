import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FlowDecoder } from './decode.ts';

const u8 = (...values: number[]) => values;
const u16 = (...values: number[]) => values.flatMap((value) => [value >>> 8, value & 255]);
const u32 = (...values: number[]) => values.flatMap((value) => u16(value >>> 16, value & 65_535));
const set = (id: number, body: number[]) => [...u16(id, 4 + body.length), ...body];
const EXPORT_S = Date.UTC(2026, 4, 20, 2) / 1000;

const version9 = (sequence: number, ...sets: number[][]) =>
  Uint8Array.from([...u16(9, sets.length), ...u32(60_000, EXPORT_S, sequence, 7), ...sets.flat()]);
const ipfix = (sequence: number, ...sets: number[][]) => {
  const body = sets.flat();
  return Uint8Array.from([...u16(10, 16 + body.length), ...u32(EXPORT_S, sequence, 7), ...body]);
};
/** Source address, destination port, octets in three bytes, start. */
const TEMPLATE9 = set(0, u16(256, 4, 8, 4, 11, 2, 1, 3, 22, 4));
const DATA = set(256, [...u8(10, 0, 0, 1), ...u16(443), ...u8(1, 0, 0), ...u32(59_000)]);

const decoder = () => {
  const flows = new FlowDecoder();
  return (datagram: Uint8Array, exporter = '10.9.9.9') => flows.decode(exporter, datagram);
};

describe('NetFlow version 9', () => {
  it('is read by its templates, with dates for times that count from the start of the exporter', () => {
    const decode = decoder();
    assert.deepEqual(decode(version9(1, TEMPLATE9, DATA)).flows, [
      {
        log: 'netflow/1',
        netflowVersion: 9,
        exporter: '10.9.9.9',
        observationDomainId: 7,
        exportTime: '2026-05-20T02:00:00.000Z',
        sourceIPv4Address: '10.0.0.1',
        destinationTransportPort: 443,
        octetDeltaCount: 65_536,
        flowStartMilliseconds: '2026-05-20T01:59:59.000Z',
      },
    ]);
  });

  it('waits with data for the template, which is one of its own exporter', () => {
    const decode = decoder();
    assert.equal(decode(version9(1, DATA)).flows.length, 0);
    assert.equal(decode(version9(1, TEMPLATE9), '10.8.8.8').flows.length, 0);
    assert.equal(decode(version9(2, TEMPLATE9)).flows.length, 1);
  });

  it('gives up what waited longest when too much waits, and counts it', () => {
    const decode = decoder();
    let given = 0;
    for (let number = 0; number < 2100; number += 1)
      given += decode(version9(number, set(300 + number, u8(1, 2, 3, 4)))).noTemplate;
    assert.equal(given, 100);
  });

  it('counts messages that are missing, and takes a jump backwards for a restart', () => {
    const decode = decoder();
    assert.deepEqual(
      [10, 11, 15, 3, 4].map((number) => decode(version9(number, DATA)).lost),
      [0, 0, 3, 0, 0],
    );
  });

  it('passes over records about the exporter but remembers how it samples', () => {
    const decode = decoder();
    const options = set(1, [...u16(400, 4, 8, 1, 4, 34, 4, 35, 1), ...u16(0)]);
    const told = decode(version9(1, options, set(400, [...u32(1), ...u32(100), ...u8(2)]), TEMPLATE9, DATA));
    assert.equal(told.options, 1);
    assert.equal(told.flows[0]?.samplingInterval, 100);
  });
});

describe('IPFIX', () => {
  it('has elements of enterprises, for the other direction, of any length, and 128-bit addresses', () => {
    const decode = decoder();
    const template = set(2, [
      ...u16(300, 5, 27, 16, 0x8000 | 1, 4),
      ...u32(29_305),
      ...u16(0x8000 | 99, 2),
      ...u32(9),
      ...u16(96, 65_535, 85, 8),
    ]);
    const address = u16(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    const data = set(300, [
      ...address,
      ...u32(5),
      ...u16(0xabcd),
      ...u8(3, 0x73, 0x73, 0x68),
      ...u32(0xffffffff, 0xffffffff),
    ]);
    const [flow] = decode(ipfix(0, template, data)).flows;
    assert.deepEqual(
      [
        flow?.sourceIPv6Address,
        flow?.reverseOctetDeltaCount,
        flow?.ie9_99,
        flow?.applicationName,
        flow?.octetTotalCount,
      ],
      ['2001:db8::1', 5, 'abcd', 'ssh', '18446744073709551615'],
    );
  });

  it('counts flows that are missing', () => {
    const decode = decoder();
    const template = set(2, u16(300, 1, 4, 1));
    const data = set(300, u8(6, 17));
    assert.deepEqual(
      [decode(ipfix(0, template, data)).lost, decode(ipfix(2, data)).lost, decode(ipfix(9, data)).lost],
      [0, 0, 5],
    );
  });
});

describe('any datagram', () => {
  it('is read as far as it goes', () => {
    const decode = decoder();
    assert.match(decode(Uint8Array.from(u16(7, 1))).fault, /version 7/);
    assert.equal(decode(Uint8Array.from(u16(5, 1))).fault, 'the datagram ends too early');
    const half = decode(version9(1, TEMPLATE9, DATA.slice(0, 8)));
    assert.match(half.fault, /impossible length/);
    assert.match(decode(version9(1, set(0, u16(256, 1, 8, 0)), set(256, u8(1)))).fault, /cannot be read/);
  });

  it('does no harm', () => {
    const sets = fc.array(
      fc.tuple(
        fc.constantFrom(0, 1, 2, 3, 256, 257),
        fc.array(fc.constantFrom(...u16(256, 1, 8, 4, 2, 0xffff, 22, 34, 0x8001)), { maxLength: 40 }),
      ),
      { maxLength: 6 },
    );
    const good = fc.tuple(fc.boolean(), sets).map(([isIpfix, list]) => {
      const all = list.map(([id, body]) => set(id, body));
      return isIpfix ? ipfix(1, ...all) : version9(1, ...all);
    });
    const flows = new FlowDecoder();
    fc.assert(
      fc.property(fc.oneof(good, fc.uint8Array({ maxLength: 200 })), (datagram) => {
        JSON.stringify(flows.decode('10.0.0.1', datagram));
      }),
      { numRuns: 1000 },
    );
  });
});
