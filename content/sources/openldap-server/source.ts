import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { readSentence, type Sentence } from '#engine/formats/patterns.ts';
import { eventAt, oneText, put, SYSLOG_FIELDS, supply, syslogFields } from '#engine/formats/sigma-fields.ts';

const logsource = { product: 'openldap', category: '', service: 'slapd' } as const;

const SENTENCES: readonly Sentence[] = [
  {
    pattern:
      /^fd=\d{1,6} (?<action>ACCEPT) from (?:IP=(?<src_ip>[0-9.]{7,15}|\[[0-9A-Fa-f:]{2,45}\]):(?<src_port>\d{1,5}) \(IP=(?<dst_ip>[0-9.]{7,15}|\[[0-9A-Fa-f:]{2,45}\]):(?<dst_port>\d{1,5})\)|PATH=(?<object>\S{1,255}))/,
  },
  { pattern: /^fd=\d{1,6} (?<action>TLS established|closed)(?: \((?<reason>[^)]{1,80})\))?/ },
  {
    pattern:
      /^op=(?<operation_id>\d{1,9}) (?<action>BIND) (?:anonymous )?"{0,2}(?:dn="{1,2}(?<dn>[^"]{0,1024})"{1,2})?(?: method=(?<auth_method>\d{1,4}))?(?: mech=(?<mechanism>\S{1,32}))?/,
  },
  {
    pattern:
      /^op=(?<operation_id>\d{1,9}) (?<action>SRCH) base="{1,2}(?<dn>[^"]{0,1024})"{1,2} scope=(?<scope>\d).{0,32}? filter="{1,2}(?<filter>[^"]{0,4096})"{0,2}/,
  },
  { pattern: /^op=(?<operation_id>\d{1,9}) (?<action>SRCH) attr=(?<attributes>.{1,2000})$/ },
  {
    pattern:
      /^op=(?<operation_id>\d{1,9}) (?<action>ADD|DEL|MOD|MODRDN|CMP|PASSMOD|EXT) (?:dn|oid|id)="?(?<dn>[^"]{0,1024})"?/,
  },
  {
    pattern:
      /^op=(?<operation_id>\d{1,9}) (?:SEARCH )?(?<action>RESULT) tag=\d{1,4} (?:qtime=\S{1,16} etime=(?<duration>\S{1,16}) )?err=(?<result_code>\d{1,4})(?: nentries=(?<entries>\d{1,9}))?(?: text=(?<reason>.{0,400}))?/,
  },
  { pattern: /^op=(?<operation_id>\d{1,9}) (?<action>UNBIND|ABANDON)/ },
];
const HEAD = /^["\s]*conn=(?<connection>\d{1,12}) /;

/** OpenLDAP's server slapd. */
export const source = defineSource({
  id: 'openldap-server',
  title: { zh: 'OpenLDAP 目录服务', en: 'OpenLDAP' },
  vendor: 'OpenLDAP',
  product: 'slapd',
  formats: ['syslog'],
  watches: ['application'],
  asks: { programs: ['slapd'], marks: ['conn='] },
  supplies: [
    supply(
      ['openldap', '', 'slapd'],
      [
        ...SYSLOG_FIELDS,
        ...[
          'action',
          'outcome',
          'reason',
          'user',
          'user_domain',
          'dn',
          'src_ip',
          'src_port',
          'dst_ip',
          'dst_port',
          'session_id',
        ],
        ...[
          'operation_id',
          'filter',
          'scope',
          'attributes',
          'result_code',
          'entries',
          'auth_method',
          'mechanism',
          'duration',
          'object',
        ],
      ],
      false,
    ),
  ],
  detect: ({ syslog }) =>
    syslog.program === 'slapd'
      ? 0.95
      : HEAD.test(syslog.message) && / (?:op|fd)=\d/.test(syslog.message.slice(0, 80))
        ? 0.85
        : 0,
  parse,
});

function parse({ syslog, context }: OpenedText): SourceEvent | null {
  const head = HEAD.exec(syslog.message);
  if (syslog.program !== 'slapd' && head === null) return null;
  const fields = syslogFields(syslog);
  put(fields, 'session_id', head?.groups?.connection);
  readSentence(
    syslog.message
      .slice(head?.[0].length ?? 0)
      .replace(/"$/, '')
      .trim(),
    SENTENCES,
    fields,
  );
  if (typeof fields.action === 'string') fields.action = fields.action.toLowerCase();
  if (fields.result_code !== undefined) put(fields, 'outcome', fields.result_code === '0' ? 'success' : 'failure');
  for (const name of ['src_ip', 'dst_ip']) put(fields, name, oneText(fields[name]).replace(/^\[|\]$/g, ''));
  const dn = oneText(fields.dn);
  put(fields, 'user', /^(?:uid|cn)=([^,]{1,256})/i.exec(dn)?.[1]);
  return eventAt(logsource, [syslog.timeMs], context, fields);
}
