import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '#engine/formats/json.ts';

/** A raw line with what the yardstick expects of it. */
export interface Sample {
  readonly product: string;
  readonly name: string;
  readonly text: string;
  /** Flat ECS names and the values expected under them. */
  readonly expected: ReadonlyMap<string, readonly string[]>;
}

/** ECS field sets that are compared. Other names are the yardstick's own. */
const FIELD_SETS = new Set(
  (
    'agent client cloud container destination dll dns email error event file group host http log network observer ' +
    'orchestrator process registry rule server service source threat tls url user user_agent winlog @timestamp'
  ).split(' '),
);

/**
 * Left out of the comparison, with the reason: repetitions of other fields, what needs a database beside the line (user
 * agents, public suffixes), and names that ECS does not have although they stand in one of its field sets.
 */
const LEFT_OUT: readonly RegExp[] = [
  /^related\./,
  /^user_agent\.(?!original$)/,
  /\.(?:registered_domain|top_level_domain|subdomain|size_in_char)$/,
  /^log\.(?:hostname|description)$/,
  /^(?:process\.id|rule\.apprisk)$/,
  /^event\.(?:message|timezone)$/,
];

/** Reads `<folder>/<product>/<name>.json`; a syslog header that the yardstick took off is put back. */
export function readSamples(folder: string): Sample[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: product }) =>
      readdirSync(join(folder, product))
        .filter((name) => name.endsWith('.json'))
        .map((name) => readSample(join(folder, product, name), product, name)),
    );
}

function readSample(path: string, product: string, name: string): Sample {
  const { input, expected } = JSON.parse(readFileSync(path, 'utf8')) as { input: JsonObject; expected: JsonObject };
  const message = typeof input.message === 'string' ? input.message : JSON.stringify(input);
  return { product, name, text: `${headerOf(input)}${message}`, expected: flat(expected) };
}

/** The parts of a header that the yardstick keeps beside the message, as a syslog header of the moment. */
function headerOf(input: JsonObject): string {
  const log = isJsonObject(input.log) ? input.log : {};
  const syslog = isJsonObject(log.syslog) ? log.syslog : {};
  const program = typeof syslog.appname === 'string' ? syslog.appname : '';
  const host = typeof log.hostname === 'string' ? log.hostname : '-';
  return program === '' ? '' : `<13>1 ${new Date().toISOString()} ${host} ${program} - - - `;
}

function flat(expected: JsonObject): Map<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  const walk = (value: unknown, name: string): void => {
    if (Array.isArray(value)) for (const item of value) walk(item, name);
    else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) walk(item, name === '' ? key : `${name}.${key}`);
    } else if (value !== null && value !== undefined && value !== '') {
      const set = name.split('.')[0] ?? '';
      if (FIELD_SETS.has(set) && !LEFT_OUT.some((pattern) => pattern.test(name))) {
        fields.set(name, [...(fields.get(name) ?? []), String(value)]);
      }
    }
  };
  walk(expected, '');
  return fields;
}
