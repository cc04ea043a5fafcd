/** One field of an event: text, or several texts when the source itself gave a list. Numbers and booleans are text. */
export type FieldValue = string | readonly string[];

/** Where an event comes from, in Sigma's taxonomy. '' = none; the category is the most specific one. */
export interface LogSource {
  readonly product: string;
  readonly category: string;
  readonly service: string;
}

/** One normalised record of a source: what rules, hunts and the store see. */
export interface SecurityEvent {
  /** Deterministic, `<segment>-<index>`: a retried batch gives the same ids. */
  readonly id: string;
  readonly timeMs: number;
  readonly receivedAtMs: number;
  /** Id of the folder in content/sources, or 'unparsed'. */
  readonly source: string;
  readonly logsource: LogSource;
  /** Path of the unit whose event it is, from the source's configuration. */
  readonly unitPath: string;
  /** Sigma's own field names (Image, CommandLine, cs-uri-query, src_ip …). */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** The original text. */
  readonly raw: string;
  /** '' or why the text could not be (fully) parsed. */
  readonly problem: string;
}
