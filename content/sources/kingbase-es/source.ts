import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { POSTGRES_FIELDS, readServerLog } from '#engine/formats/postgres-log.ts';
import { eventAt, supply } from '#engine/formats/sigma-fields.ts';

const logsource = { product: 'kingbase', category: 'database', service: 'audit' } as const;
const PROGRAMS = ['kingbase', 'sys_ctl'];

/** KingbaseES writes as PostgreSQL does, from which it comes; only its program's name or file tells them apart. */
export const source = defineSource({
  id: 'kingbase-es',
  title: { zh: '人大金仓 KingbaseES 数据库', en: 'KingbaseES' },
  vendor: 'Kingbase',
  product: 'KingbaseES',
  formats: ['text', 'csv', 'syslog'],
  watches: ['data'],
  asks: { programs: PROGRAMS, marks: [' LOG:  ', ' FATAL:  ', ' ERROR:  ', 'AUDIT: ', ',LOG,', ',FATAL,', ',ERROR,'] },
  supplies: [supply(['kingbase', 'database', 'audit'], POSTGRES_FIELDS)],
  detect,
  parse,
});

const OWN_NAMES = /\bkingbase\b|\bsys_hba\.conf\b|\bSYSAUDIT\b/i;

function detect(opened: OpenedText): number {
  if (readServerLog(opened, PROGRAMS) === undefined) return 0;
  return PROGRAMS.includes(opened.syslog.program) || OWN_NAMES.test(opened.text.slice(0, 4096)) ? 0.95 : 0;
}

function parse(opened: OpenedText): SourceEvent | null {
  const read = readServerLog(opened, PROGRAMS);
  if (read === undefined) return null;
  return eventAt(logsource, [read.timeMs, opened.syslog.timeMs], opened.context, read.fields);
}
