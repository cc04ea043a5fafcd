import { defineSource, type OpenedText } from '#engine/formats/define.ts';
import { CHINESE_ACTIONS, CHINESE_LEVELS, readPairs } from '#engine/formats/pairs-source.ts';
import { type Names, namesOf, oneText, supply } from '#engine/formats/sigma-fields.ts';

/** `日志类型:IPS防护日志, 策略名称:…, 源IP:…` (Sangfor, AF 日志格式说明). */
const NAMES: Names = {
  日志类型: 'event_type',
  策略名称: 'policy_name',
  规则ID: 'signature_id',
  漏洞ID: 'signature_id',
  漏洞名称: 'signature',
  攻击名称: 'signature',
  病毒名: 'signature',
  病毒名称: 'signature',
  攻击类型: 'category',
  类型: 'category',
  用户: 'user',
  用户名: 'user',
  源IP: 'src_ip',
  源端口: 'src_port',
  源区域: 'src_zone',
  目的IP: 'dst_ip',
  目的端口: 'dst_port',
  目的区域: 'dst_zone',
  转换后的IP: 'src_nat_ip',
  转换后的端口: 'src_nat_port',
  协议: 'protocol',
  应用类型: 'application_category',
  应用名称: 'application',
  系统动作: 'action',
  动作: 'action',
  严重级别: 'severity',
  严重等级: 'severity',
  URL: '$url',
  '网址/目录': '$url',
  域名: 'cs-host',
  URL目录: '$url',
  文件名: 'FileName',
  操作类型: 'action',
  操作对象: 'object',
  描述: 'message',
  IP地址: 'src_ip',
  状态: 'outcome',
};

/** Sangfor AF, the next-generation firewall, and SIP sensors that write the same way. */
export const source = defineSource({
  id: 'sangfor-af',
  title: { zh: '深信服 AF 下一代防火墙', en: 'Sangfor AF' },
  vendor: 'Sangfor',
  product: 'AF',
  formats: ['syslog', 'kv'],
  watches: ['network'],
  asks: { marks: ['日志类型:', '日志类型：'] },
  supplies: ['af', 'af-admin'].map((service) =>
    supply(['sangfor', service === 'af' ? 'firewall' : '', service], [...namesOf(NAMES), 'hostname', 'cs-uri']),
  ),
  detect: ({ text }) => (START.test(text.slice(0, 1024)) ? 0.96 : 0),
  parse: (opened: OpenedText) =>
    readPairs(opened, {
      start: START,
      style: { assign: ':', pair: 'comma' },
      names: NAMES,
      words: { action: CHINESE_ACTIONS, severity: CHINESE_LEVELS },
      logsource: (fields) => {
        const admin = /管理员|操作日志|系统日志/.test(oneText(fields.event_type));
        return { product: 'sangfor', category: admin ? '' : 'firewall', service: admin ? 'af-admin' : 'af' };
      },
    }),
});

const START = /日志类型[:：]/;
