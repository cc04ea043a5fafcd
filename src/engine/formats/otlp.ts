import { isJsonObject, type JsonObject } from './json.ts';

/**
 * Log records of OpenTelemetry (OTLP 1.x, `ExportLogsServiceRequest` in its JSON form) as one flat object each, which is
 * what the platform keeps as the text of the event. Members without a value are left out.
 */
export interface OtlpRecord {
  /** How sources know the text. */
  readonly log: 'otlp/1';
  /** RFC 3339 with nanoseconds: when it happened; where the sender does not say, when it was observed. */
  readonly time?: string;
  readonly observed?: string;
  readonly severity_number?: number;
  readonly severity_text?: string;
  readonly event_name?: string;
  readonly body?: unknown;
  readonly attributes?: JsonObject;
  readonly resource?: JsonObject;
  readonly scope?: JsonObject;
  readonly trace_id?: string;
  readonly span_id?: string;
}

/** Values nested deeper are not kept: their record is refused. */
const DEPTH_MAX = 16;

class TooDeep extends Error {}

/**
 * The records of a request, one at a time, so that the whole is never held twice.
 *
 * @returns undefined in place of a record that cannot be kept (nested too deep)
 */
export function* otlpRecords(request: JsonObject): Generator<OtlpRecord | undefined> {
  for (const resourceLogs of objectsOf(request.resourceLogs)) {
    const resource = unlessTooDeep(() => attributesOf(resourceLogs.resource));
    for (const scopeLogs of objectsOf(resourceLogs.scopeLogs)) {
      const scope = unlessTooDeep(() => scopeOf(scopeLogs.scope));
      for (const record of objectsOf(scopeLogs.logRecords)) {
        if (resource === undefined || scope === undefined) yield undefined;
        else yield unlessTooDeep(() => recordOf(record, resource, scope));
      }
    }
  }
}

function unlessTooDeep<Result>(make: () => Result): Result | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof TooDeep) return undefined;
    throw error;
  }
}

function recordOf(record: JsonObject, resource: JsonObject, scope: JsonObject): OtlpRecord {
  const observed = timeOf(record.observedTimeUnixNano);
  const severity = Number(record.severityNumber ?? 0);
  const body = anyValue(record.body, 0);
  const attributes = attributesOf(record);
  return {
    log: 'otlp/1',
    ...given('time', timeOf(record.timeUnixNano) || observed),
    ...given('observed', observed),
    ...(Number.isInteger(severity) && severity !== 0 ? { severity_number: severity } : {}),
    ...given('severity_text', textOf(record.severityText)),
    ...given('event_name', textOf(record.eventName)),
    ...(body === null ? {} : { body }),
    ...(isEmpty(attributes) ? {} : { attributes }),
    ...(isEmpty(resource) ? {} : { resource }),
    ...(isEmpty(scope) ? {} : { scope }),
    ...given('trace_id', textOf(record.traceId)),
    ...given('span_id', textOf(record.spanId)),
  };
}

const given = <Name extends string>(name: Name, text: string): { [Key in Name]?: string } =>
  text === '' ? {} : ({ [name]: text } as { [Key in Name]?: string });

const isEmpty = (value: JsonObject): boolean => Object.keys(value).length === 0;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

const attributesOf = (owner: unknown): JsonObject => (isJsonObject(owner) ? pairsOf(owner.attributes, 0) : {});

function scopeOf(scope: unknown): JsonObject {
  if (!isJsonObject(scope)) return {};
  const attributes = attributesOf(scope);
  return {
    ...given('name', textOf(scope.name)),
    ...given('version', textOf(scope.version)),
    ...(isEmpty(attributes) ? {} : { attributes }),
  };
}

/** `fromEntries` makes own members of names such as `__proto__` too. */
const pairsOf = (pairs: unknown, depth: number): JsonObject =>
  Object.fromEntries(objectsOf(pairs).map((pair) => [textOf(pair.key), anyValue(pair.value, depth + 1)]));

/** `AnyValue`: exactly one of its members is set; none is null. */
function anyValue(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new TooDeep();
  if (!isJsonObject(value)) return null;
  if (isJsonObject(value.arrayValue)) {
    return objectsOf(value.arrayValue.values).map((item) => anyValue(item, depth + 1));
  }
  if (isJsonObject(value.kvlistValue)) return pairsOf(value.kvlistValue.values, depth);
  if (value.intValue !== undefined) return wholeNumber(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue ?? null;
}

/** Whole numbers of 64 bits come as text; those a double cannot hold stay text. */
function wholeNumber(value: unknown): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

const NANOS_DIGITS = /^\d{1,20}$/;
const YEAR_10000_S = 253_402_300_800n;

/** Nanoseconds since 1970 (text, or a number that lost some digits) in RFC 3339; '' for 0 and for nonsense. */
function timeOf(nanos: unknown): string {
  const digits = typeof nanos === 'number' && Number.isFinite(nanos) ? BigInt(Math.trunc(nanos)).toString() : nanos;
  if (typeof digits !== 'string' || !NANOS_DIGITS.test(digits)) return '';
  const value = BigInt(digits);
  const seconds = value / 1_000_000_000n;
  if (value === 0n || seconds >= YEAR_10000_S) return '';
  const fraction = String(value % 1_000_000_000n).padStart(9, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}
