import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { isJsonObject, type JsonObject } from '#engine/formats/json.ts';
import { AppError } from '#platform/errors.ts';
import { readOtlpProtobuf, writeOtlpAnswer } from './otlp-protobuf.ts';
import { otlpTexts } from './otlp-routes.ts';

const requestOf = (record: JsonObject): JsonObject => ({
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: '政务服务' } }] },
      scopeLogs: [{ scope: { name: 'app', version: '1' }, logRecords: [record] }],
    },
  ],
});
const recordOf = (record: JsonObject): unknown =>
  JSON.parse(otlpTexts(requestOf(record)).lines[0]?.toString('utf8') ?? 'null');

describe('log records of OpenTelemetry', () => {
  it('become one flat object each, with their resource and scope', () => {
    const record = {
      timeUnixNano: '1779242280123456789',
      severityNumber: 9,
      severityText: 'INFO',
      body: { stringValue: 'login ok' },
      attributes: [
        { key: 'big', value: { intValue: '9223372036854775807' } },
        { key: 'list', value: { arrayValue: { values: [{ intValue: 1 }, { boolValue: true }, {}] } } },
        { key: 'map', value: { kvlistValue: { values: [{ key: 'a', value: { doubleValue: 1.5 } }] } } },
      ],
      traceId: '5b8efff798038103d269b633813fc60c',
    };
    assert.deepEqual(recordOf(record), {
      log: 'otlp/1',
      time: '2026-05-20T01:58:00.123456789Z',
      severity_number: 9,
      severity_text: 'INFO',
      body: 'login ok',
      attributes: { big: '9223372036854775807', list: [1, true, null], map: { a: 1.5 } },
      resource: { 'service.name': '政务服务' },
      scope: { name: 'app', version: '1' },
      trace_id: '5b8efff798038103d269b633813fc60c',
    });
  });

  it('take the time they were observed when they do not say when they happened', () => {
    const read = recordOf({ timeUnixNano: '0', observedTimeUnixNano: '1000000000' });
    assert.deepEqual(isJsonObject(read) && [read.time, read.observed], Array(2).fill('1970-01-01T00:00:01.000000000Z'));
  });

  it('are refused alone when they are nested too deep or too long', () => {
    let deep: JsonObject = { stringValue: 'x' };
    for (let level = 0; level < 5000; level += 1) deep = { arrayValue: { values: [deep] } };
    assert.deepEqual(otlpTexts(requestOf({ body: deep })).rejected, { too_deep: 1, too_long: 0 });
    const long = { stringValue: 'x'.repeat(1024 * 1024) };
    assert.deepEqual(otlpTexts(requestOf({ body: long })).rejected, { too_deep: 0, too_long: 1 });
  });

  it('are refused together when a large resource would be written too often', () => {
    const scopeLogs = [{ logRecords: Array.from({ length: 1000 }, () => ({ severityNumber: 1 })) }];
    const attributes = [{ key: 'a', value: { stringValue: 'x'.repeat(100_000) } }];
    const request = { resourceLogs: [{ resource: { attributes }, scopeLogs }] };
    assert.throws(() => otlpTexts(request), { code: 'too_large' });
  });

  it('are read from any JSON without an error', () => {
    fc.assert(
      fc.property(
        fc.object({ key: fc.constantFrom('resourceLogs', 'scopeLogs', 'logRecords', 'body', 'attributes') }),
        (value) => {
          otlpTexts(requestOf({ ...value, body: value, attributes: [value, { key: '__proto__', value }] }));
          otlpTexts({ resourceLogs: [value], ...value });
        },
      ),
    );
  });
});

describe('OTLP in protobuf', () => {
  /** A request with one record of text `body`, written by hand. */
  const written = (write: (record: BinaryWriter) => void): Buffer => {
    const writer = new BinaryWriter();
    writer.tag(1, WireType.LengthDelimited).fork().tag(2, WireType.LengthDelimited).fork();
    writer.tag(2, WireType.LengthDelimited).fork();
    write(writer);
    return Buffer.from(writer.join().join().join().finish());
  };

  it('is the same request as in JSON, and skips fields it does not know', () => {
    const body = written((record) => {
      record.tag(1, WireType.Bit64).fixed64('1779242280000000000');
      record.tag(99, WireType.LengthDelimited).string('of a later version');
      record.tag(5, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string('你好').join();
      record.tag(9, WireType.LengthDelimited).bytes(Buffer.from('5b8efff798038103d269b633813fc60c', 'hex'));
    });
    assert.deepEqual(readOtlpProtobuf(body), {
      resourceLogs: [
        {
          scopeLogs: [
            {
              logRecords: [
                {
                  timeUnixNano: '1779242280000000000',
                  body: { stringValue: '你好' },
                  traceId: '5b8efff798038103d269b633813fc60c',
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('reads text that is GB 18030 instead of UTF-8', () => {
    const body = written((record) => {
      record.tag(5, WireType.LengthDelimited).fork();
      record
        .tag(1, WireType.LengthDelimited)
        .bytes(Buffer.from([0xb7, 0xc0, 0xbb, 0xf0, 0xc7, 0xbd]))
        .join();
    });
    assert.match(JSON.stringify(readOtlpProtobuf(body)), /防火墙/);
  });

  it('refuses what is nested or repeated beyond measure', () => {
    let value = Buffer.alloc(0);
    for (let level = 0; level < 200; level += 1) {
      const writer = new BinaryWriter();
      writer.tag(5, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).bytes(value).join();
      value = Buffer.from(writer.finish());
    }
    const deep = written((record) => record.tag(5, WireType.LengthDelimited).bytes(value));
    assert.throws(() => readOtlpProtobuf(deep), { code: 'invalid_input' });
    const empty = Buffer.from([0x0a, 0x00]);
    assert.throws(() => readOtlpProtobuf(Buffer.concat(Array(1_000_001).fill(empty))), { code: 'too_large' });
  });

  it('reads or refuses any bytes', () => {
    const good = written((record) => record.tag(3, WireType.LengthDelimited).string('INFO'));
    const damaged = fc
      .tuple(fc.nat(good.length - 1), fc.nat(255))
      .map(([at, byte]) => Buffer.concat([good.subarray(0, at), Buffer.from([byte]), good.subarray(at + 1)]));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 }).map(Buffer.from)), (bytes) => {
        try {
          otlpTexts(readOtlpProtobuf(bytes));
        } catch (error) {
          assert.ok(error instanceof AppError, String(error));
        }
      }),
    );
  });

  it('answers with nothing when all was kept', () => {
    assert.equal(writeOtlpAnswer(0, 'x').length, 0);
    assert.ok(writeOtlpAnswer(2, 'x').length > 4);
  });
});
