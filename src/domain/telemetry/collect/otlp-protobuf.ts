import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { JsonObject } from '#engine/formats/json.ts';
import { receivedText } from '#engine/formats/received.ts';
import { AppError, invalid } from '#platform/errors.ts';

/** How a field is written on the wire, and so how it is read. `hex` and `base64` are bytes in OTLP's JSON form. */
type Scalar = 'string' | 'bool' | 'int64' | 'uint32' | 'double' | 'fixed32' | 'fixed64' | 'hex' | 'base64';

interface Field {
  readonly name: string;
  readonly type: Scalar | (() => Message);
  readonly repeated?: boolean;
}

type Message = Readonly<Record<number, Field>>;

const one = (name: string, type: Field['type']): Field => ({ name, type });
const many = (name: string, type: () => Message): Field => ({ name, type, repeated: true });

/** opentelemetry/proto/common/v1/common.proto */
const ANY_VALUE: Message = {
  1: one('stringValue', 'string'),
  2: one('boolValue', 'bool'),
  3: one('intValue', 'int64'),
  4: one('doubleValue', 'double'),
  5: one('arrayValue', () => ({ 1: many('values', () => ANY_VALUE) })),
  6: one('kvlistValue', () => ({ 1: many('values', () => KEY_VALUE) })),
  7: one('bytesValue', 'base64'),
};
const KEY_VALUE: Message = { 1: one('key', 'string'), 2: one('value', () => ANY_VALUE) };
const SCOPE: Message = {
  1: one('name', 'string'),
  2: one('version', 'string'),
  3: many('attributes', () => KEY_VALUE),
};
/** opentelemetry/proto/logs/v1/logs.proto */
const LOG_RECORD: Message = {
  1: one('timeUnixNano', 'fixed64'),
  2: one('severityNumber', 'uint32'),
  3: one('severityText', 'string'),
  5: one('body', () => ANY_VALUE),
  6: many('attributes', () => KEY_VALUE),
  9: one('traceId', 'hex'),
  10: one('spanId', 'hex'),
  11: one('observedTimeUnixNano', 'fixed64'),
  12: one('eventName', 'string'),
};
const SCOPE_LOGS: Message = { 1: one('scope', () => SCOPE), 2: many('logRecords', () => LOG_RECORD) };
const RESOURCE: Message = { 1: many('attributes', () => KEY_VALUE) };
const RESOURCE_LOGS: Message = { 1: one('resource', () => RESOURCE), 2: many('scopeLogs', () => SCOPE_LOGS) };
const REQUEST: Message = { 1: many('resourceLogs', () => RESOURCE_LOGS) };

/** Messages in one request. An empty one takes two bytes on the wire and a hundred in memory. */
const MESSAGES_MAX = 1_000_000;
/** The reader descends by recursion; what is nested deeper than records may be is refused before it hurts. */
const DEPTH_MAX = 100;

interface Budget {
  messages: number;
}

/**
 * Reads an `ExportLogsServiceRequest` into OTLP's JSON form. Fields of later versions of the protocol are skipped.
 *
 * @throws AppError `invalid_input` when the bytes are no such message, `too_large` when it holds too much
 */
export function readOtlpProtobuf(body: Buffer): JsonObject {
  try {
    return readMessage(new BinaryReader(body, receivedText), body.length, REQUEST, 0, {
      messages: 0,
    });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('invalid_input', { public: 'The body is no ExportLogsServiceRequest in protobuf', cause });
  }
}

function readMessage(reader: BinaryReader, end: number, shape: Message, depth: number, budget: Budget): JsonObject {
  budget.messages += 1;
  if (budget.messages > MESSAGES_MAX) throw new AppError('too_large', { public: 'Too many records in one request' });
  if (depth > DEPTH_MAX) throw invalid(`The body is nested deeper than ${DEPTH_MAX}`);
  const message: Record<string, unknown> = {};
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = shape[number];
    if (field === undefined || wireType !== wireTypeOf(field.type)) reader.skip(wireType, number);
    else put(message, field, readValue(reader, field.type, depth, budget));
  }
  // An inner message that says it is longer than what it lies in.
  if (reader.pos !== end) throw invalid('The body is no ExportLogsServiceRequest in protobuf');
  return message;
}

function put(message: Record<string, unknown>, { name, repeated }: Field, value: unknown): void {
  if (repeated !== true) message[name] = value;
  else {
    const list = message[name];
    if (Array.isArray(list)) list.push(value);
    else message[name] = [value];
  }
}

function wireTypeOf(type: Field['type']): WireType {
  switch (type) {
    case 'bool':
    case 'int64':
    case 'uint32':
      return WireType.Varint;
    case 'double':
    case 'fixed64':
      return WireType.Bit64;
    case 'fixed32':
      return WireType.Bit32;
    default:
      return WireType.LengthDelimited;
  }
}

function readValue(reader: BinaryReader, type: Field['type'], depth: number, budget: Budget): unknown {
  if (typeof type === 'function') {
    const length = reader.uint32();
    return readMessage(reader, reader.pos + length, type(), depth + 1, budget);
  }
  switch (type) {
    case 'string':
      return reader.string();
    case 'bool':
      return reader.bool();
    case 'int64':
      return String(reader.int64());
    case 'uint32':
      return reader.uint32();
    case 'double':
      return reader.double();
    case 'fixed32':
      return reader.fixed32();
    case 'fixed64':
      return String(reader.fixed64());
    case 'hex':
      return Buffer.from(reader.bytes()).toString('hex');
    case 'base64':
      return Buffer.from(reader.bytes()).toString('base64');
  }
}

/** `ExportLogsServiceResponse`; empty when all was kept. */
export function writeOtlpAnswer(rejected: number, message: string): Uint8Array {
  const writer = new BinaryWriter();
  if (rejected > 0) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).int64(rejected);
    writer.tag(2, WireType.LengthDelimited).string(message).join();
  }
  return writer.finish();
}

/** `google.rpc.Status`, the body of every failure (OTLP 1.x, "Failures"): a code of gRPC and a sentence for people. */
export function writeOtlpStatus(code: number, message: string): Uint8Array {
  return new BinaryWriter()
    .tag(1, WireType.Varint)
    .int32(code)
    .tag(2, WireType.LengthDelimited)
    .string(message)
    .finish();
}
