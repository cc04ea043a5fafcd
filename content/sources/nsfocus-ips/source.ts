import { defineSource, type OpenedText } from '#engine/formats/define.ts';
import { readPairs } from '#engine/formats/pairs-source.ts';
import { type Names, namesOf, oneText, put, supply } from '#engine/formats/sigma-fields.ts';

/** `time:…;danger_degree:2;breaking_sighn:0;event:[number]name;src_addr:…` (绿盟 NIPS/NIDS syslog 格式). */
const NAMES: Names = {
  time: '$time',
  danger_degree: 'severity',
  breaking_sighn: 'blocked',
  event: 'signature',
  src_addr: 'src_ip',
  src_port: 'src_port',
  dst_addr: 'dst_ip',
  dst_port: 'dst_port',
  user: 'user',
  smt_user: 'account',
  proto: 'protocol',
  card: 'in_interface',
  vsysid: 'virtual_system',
  ar: 'category',
};
const START = /\btime:\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2};danger_degree:/;

/** NSFOCUS network intrusion prevention and detection. */
export const source = defineSource({
  id: 'nsfocus-ips',
  title: { zh: '绿盟入侵防御（NIPS）', en: 'NSFOCUS NIPS' },
  vendor: 'NSFOCUS',
  product: 'NIPS',
  formats: ['syslog', 'kv'],
  watches: ['network'],
  asks: { marks: ['danger_degree:'] },
  supplies: [supply(['nsfocus', '', 'ips'], [...namesOf(NAMES), 'hostname', 'signature_id', 'app_proto', 'action'])],
  detect: ({ text }) => (START.test(text.slice(0, 512)) ? 0.97 : 0),
  parse: (opened: OpenedText) =>
    readPairs(opened, {
      start: START,
      style: { assign: ':', pair: 'comma' },
      names: NAMES,
      logsource: () => ({ product: 'nsfocus', category: '', service: 'ips' }),
      finish: (fields) => {
        const [, number, name] = /^\[(\d{1,10})\](.*)$/.exec(oneText(fields.signature)) ?? [];
        put(fields, 'signature_id', number);
        put(fields, 'signature', name);
        // `TCP.HTTP`: transport and application in one.
        const [transport, application] = oneText(fields.protocol).split('.');
        if (['tcp', 'udp', 'icmp'].includes(transport ?? '')) put(fields, 'protocol', transport);
        put(fields, 'app_proto', application);
        put(fields, 'action', fields.blocked === '0' ? 'alert' : 'block');
      },
    }),
});
