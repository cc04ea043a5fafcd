import type { LogSource } from '#engine/fields/event.ts';
import type { OpenedText, SourceEvent } from './define.ts';
import { flattenJson, type JsonObject } from './json.ts';
import { eventAt, type Fields, type Names, oneText, plainProtocol, put, putUri, rename } from './sigma-fields.ts';
import { parseTimestamp } from './time.ts';

/** How a product's JSON records are read: whose they are, what their names mean, where the time stands. */
export interface JsonLayout {
  readonly is: (json: JsonObject) => boolean;
  /** Dotted names under the platform's; `$url` names the address asked for. A name not listed keeps its own. */
  readonly names: Names;
  /** Dotted names of times, best first. */
  readonly times: readonly string[];
  readonly logsource: (fields: Readonly<Fields>) => LogSource;
  /** What is left to do; gets the flat record as it was written. */
  readonly finish?: (fields: Fields, record: Readonly<Fields>, json: JsonObject) => void;
}

/** Reads a JSON record by its layout; null when the text is none of the product's. */
export function readJson(
  { json, syslog, context }: Pick<OpenedText, 'json' | 'syslog' | 'context'>,
  layout: JsonLayout,
): SourceEvent | null {
  if (json === undefined || !layout.is(json)) return null;
  const { record, problems } = flattenJson(json);
  const left = Object.fromEntries(layout.times.map((name) => [name, ''] as const));
  const fields = rename(record, { ...left, ...layout.names });
  const { $url: url, ...kept } = fields;
  putUri(kept, oneText(url));
  plainProtocol(kept);
  layout.finish?.(kept, record, json);
  const times = layout.times.map((name) => parseTimestamp(oneText(record[name]), context.zone));
  if (kept.hostname === undefined && syslog.hostname !== '') put(kept, 'hostname', syslog.hostname);
  return eventAt(layout.logsource(kept), [...times, syslog.timeMs], context, kept, problems);
}
