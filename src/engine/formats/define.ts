import type { FieldValue, LogSource } from '#engine/fields/event.ts';
import type { RawLayout } from '#engine/fields/raw-layout.ts';
import type { RowLayout } from '#engine/fields/row-layout.ts';
import { type AccessRecord, parseAccessLog } from './access-log.ts';
import { type CefRecord, parseCef } from './cef.ts';
import { innerText } from './envelope.ts';
import { type JsonObject, parseJsonObject } from './json.ts';
import type { Parsed } from './record.ts';
import { parseSyslog, type SyslogRecord } from './syslog.ts';

/** What a source is told beside the text. */
export interface ParseContext {
  readonly receivedAtMs: number;
  /** IANA zone of times that name none. */
  readonly zone: string;
  /** True when an operator said that the text is of this source: a message whose syslog header was taken off is accepted. */
  readonly configured?: boolean;
}

/** A raw text with the envelopes that several sources need, each read at most once however many sources look at it. */
export interface OpenedText {
  readonly text: string;
  readonly context: ParseContext;
  /** The whole text, or what a syslog header carries, as a JSON object; undefined when it is none. */
  readonly json: JsonObject | undefined;
  /** The text as a syslog message; a text that is none is all `message`. */
  readonly syslog: SyslogRecord;
  /** The CEF record in the text; undefined when there is none. */
  readonly cef: CefRecord | undefined;
  /** What the text, or its syslog message, is as a line of a web server's access log. */
  readonly access: Parsed<AccessRecord | undefined>;
}

/** What a source makes of a text. */
export interface SourceEvent {
  readonly logsource: LogSource;
  readonly timeMs: number;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** '' or what could not be read, although the rest could. */
  readonly problem: string;
}

/** Fields a source can fill for one log source: what "cannot fire here" is judged by. */
export interface Supply {
  readonly logsource: LogSource;
  /** Sigma's field names. */
  readonly fields: readonly string[];
  /** True when the records of the log source carry more names than can be listed (Windows event data, JSON). */
  readonly open: boolean;
}

/**
 * What a text must show before `detect` is asked: cheap marks, so that sixty sources cost what a few do. One of them is
 * enough.
 */
export interface Asks {
  /** Names of syslog programs: whole, the part before the first `/`, or the part after the last. */
  readonly programs?: readonly string[];
  /** Names at the top of a JSON object. */
  readonly keys?: readonly string[];
  /** Parts of a text that is no JSON. */
  readonly marks?: readonly string[];
  /** Asked about every text. */
  readonly always?: boolean;
}

/** The five kinds of assets (云、网、端、应用、数据): which of them a source watches decides what coverage it gives. */
export type Watched = 'cloud' | 'network' | 'endpoint' | 'application' | 'data';

export interface SourceDefinition {
  /** Name of its folder in content/sources: `<vendor>-<product>`. */
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly vendor: string;
  readonly product: string;
  readonly formats: readonly (
    | 'syslog'
    | 'json'
    | 'kv'
    | 'access-log'
    | 'csv'
    | 'cef'
    | 'leef'
    | 'w3c'
    | 'xml'
    | 'text'
  )[];
  readonly watches: readonly Watched[];
  readonly asks: Asks;
  readonly supplies: readonly Supply[];
  /** How sure it is that a text without configuration is its own: 0 (not mine) to 1 (nobody else writes this). */
  readonly detect: (opened: OpenedText) => number;
  /** The most that `detect` gives; absent: anything. Lets lines of surer sources be known by their members. */
  readonly sureAtMost?: number;
  /** How its events lie in the bytes of a JSON line, for matching without parsing; must say what `parse` makes of them. */
  readonly rawLayout?: RawLayout;
  /** What `parse` makes of JSON lines, so that rows can be written from their bytes. */
  readonly rowLayout?: RowLayout;
  /** null = not a text of this source. Never throws. */
  readonly parse: (opened: OpenedText) => SourceEvent | null;
}

/** Declares a source; its folder in content/sources exports it as `source`. */
export function defineSource(definition: SourceDefinition): SourceDefinition {
  return definition;
}

/** Wraps a text, without the collector's own envelope, so that its JSON and syslog envelopes are read on first use only. */
export function openText(raw: string, context: ParseContext): OpenedText {
  let end = raw.length;
  while (end > 0 && (raw.charAt(end - 1) === '\n' || raw.charAt(end - 1) === '\r')) end--;
  const text = innerText(raw.slice(0, end));
  return new Opened(text, context);
}

/** A class, so that a line costs one object and no functions of its own. */
class Opened implements OpenedText {
  readonly text: string;
  readonly context: ParseContext;
  #json: JsonObject | undefined | null = null;
  #syslog: SyslogRecord | undefined;
  #cef: CefRecord | undefined | null = null;
  #access: Parsed<AccessRecord | undefined> | undefined;

  constructor(text: string, context: ParseContext) {
    this.text = text;
    this.context = context;
  }

  get syslog(): SyslogRecord {
    this.#syslog ??= parseSyslog(this.text, this.context).record;
    return this.#syslog;
  }

  get json(): JsonObject | undefined {
    if (this.#json === null) this.#json = readJson(this.text.trim().startsWith('{') ? this.text : this.syslog.message);
    return this.#json;
  }

  get cef(): CefRecord | undefined {
    if (this.#cef === null) this.#cef = parseCef(this.text);
    return this.#cef;
  }

  get access(): Parsed<AccessRecord | undefined> {
    this.#access ??= parseAccessLog(this.syslog.message, this.context.zone);
    return this.#access;
  }
}

function readJson(text: string): JsonObject | undefined {
  const body = text.trim();
  // `@cee:` announces JSON in a syslog message (the CEE cookie of rsyslog and NXLog).
  const start = body.startsWith('@cee:') ? body.slice(5).trim() : body;
  return start.startsWith('{') ? parseJsonObject(start).record : undefined;
}
