import type { Answer } from '#api/types.ts';

export type Source = Answer<'/api/sources'>['items'][number];
export type SourceDetail = Answer<'/api/sources/{id}'>;
export type SourceKinds = Answer<'/api/sources/kinds'>;
export type TriedLines = Answer<'/api/sources/try', 'post'>;
export type Imported = Answer<'/api/sources/{id}/import', 'post'>;
export type Event = Answer<'/api/events/{id}'>;
export type EventPage = Answer<'/api/events/search', 'post'>;
export type EventLine = EventPage['items'][number];
export type Overview = Answer<'/api/events/overview', 'post'>;
/** A line of /api/events/find: counts and values so far, and the newest events. */
export type Found = Overview & Pick<EventPage, 'items' | 'cursor'> & { readonly absent: readonly string[] };
export type EventColumns = Answer<'/api/events/columns'>;

export const LISTENERS = ['http', 'syslog', 'netflow', 'file', 'kafka', 'import'] as const;

type SenderListener = 'syslog' | 'netflow' | 'file' | 'kafka';

/** Whether a source of this listener is known by an address, path or topic instead of a token. */
export const hasSender = (listener: (typeof LISTENERS)[number]): listener is SenderListener =>
  listener !== 'http' && listener !== 'import';

/** What that looks like. */
export const SENDER_EXAMPLE: Readonly<Record<SenderListener, string>> = {
  syslog: '10.45.1.10',
  netflow: '10.45.1.1',
  file: '/var/log/app/*.log',
  kafka: 'security-events',
};

/** What can be wrong with a source. */
export const ALARM_KINDS = ['silent', 'slow', 'flood', 'unparsed', 'mistaken', 'rejecting', 'clock'] as const;

/** How each condition of a source looks. */
export const CONDITION_TONE = {
  good: 'done',
  never: 'waiting',
  paused: 'waiting',
  silent: 'overdue',
  unparsed: 'overdue',
  mistaken: 'overdue',
  rejecting: 'overdue',
  slow: 'overdue',
  flood: 'overdue',
  clock: 'overdue',
} as const;

/** What a list of events shows until somebody chooses otherwise. */
export const DEFAULT_COLUMNS = ['source', 'host'];

/** What tells most of an event, in this order; fetched with every line. */
export const SUMMARY_COLUMNS: readonly string[] = [
  ...['event_code', 'event_action', 'event_outcome', 'rule_name', 'threat_category', 'user_name', 'target_user'],
  ...['logon_type', 'process_command_line', 'process_executable', 'parent_executable', 'script_block_text'],
  ...['service_name', 'file_path', 'registry_path', 'dns_question', 'source_ip', 'destination_ip', 'destination_port'],
  ...['network_application', 'http_method', 'url_full', 'url_path', 'http_status', 'bytes_out', 'message'],
];

/** Columns whose most frequent values stand beside the result. */
export const FACET_COLUMNS = [
  'source',
  'host',
  'event_code',
  'event_action',
  'user_name',
  'source_ip',
  'destination_port',
];
