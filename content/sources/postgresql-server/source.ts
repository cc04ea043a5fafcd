import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { POSTGRES_FIELDS, readServerLog } from '#engine/formats/postgres-log.ts';
import { eventAt, supply } from '#engine/formats/sigma-fields.ts';

const logsource = { product: 'postgresql', category: 'database', service: 'audit' } as const;
const PROGRAMS = ['postgres', 'postgresql'];

/** PostgreSQL's server log, as text or CSV, with pgAudit's records. */
export const source = defineSource({
  id: 'postgresql-server',
  title: { zh: 'PostgreSQL 数据库', en: 'PostgreSQL' },
  vendor: 'PostgreSQL',
  product: 'PostgreSQL',
  formats: ['text', 'csv', 'syslog'],
  watches: ['data'],
  asks: { programs: PROGRAMS, marks: [' LOG:  ', ' FATAL:  ', ' ERROR:  ', 'AUDIT: ', ',LOG,', ',FATAL,', ',ERROR,'] },
  supplies: [supply(['postgresql', 'database', 'audit'], POSTGRES_FIELDS)],
  detect,
  parse,
});

function detect(opened: OpenedText): number {
  if (readServerLog(opened, PROGRAMS) === undefined) return 0;
  return PROGRAMS.includes(opened.syslog.program) ? 0.95 : 0.8;
}

function parse(opened: OpenedText): SourceEvent | null {
  const read = readServerLog(opened, PROGRAMS);
  if (read === undefined) return null;
  return eventAt(logsource, [read.timeMs, opened.syslog.timeMs], opened.context, read.fields);
}
