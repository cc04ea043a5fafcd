import { defineSource } from '#engine/formats/define.ts';
import { type JsonLayout, readJson } from '#engine/formats/json-source.ts';
import { type Names, namesOf, oneText, put, supply } from '#engine/formats/sigma-fields.ts';

/** 华为云《云审计服务 事件结构》. */
const NAMES: Names = {
  trace_name: 'eventName',
  trace_id: 'event_uuid',
  trace_type: 'eventType',
  trace_rating: 'severity',
  service_type: 'cloud_service',
  resource_type: 'object_type',
  resource_name: 'object',
  resource_id: 'object_id',
  source_ip: 'src_ip',
  'user.name': 'user',
  'user.user_name': 'user',
  'user.id': 'user_id',
  'user.domain.name': 'account_name',
  'user.domain.id': 'account_id',
  code: 'sc-status',
  message: 'message',
  user_agent: 'userAgent',
  tracker_name: 'tracker',
};

const LAYOUT: JsonLayout = {
  is: (json) => json.trace_id !== undefined && json.trace_name !== undefined,
  names: NAMES,
  times: ['time', 'record_time'],
  logsource: () => ({ product: 'huaweicloud', category: '', service: 'cts' }),
  finish: (fields, record) => {
    put(fields, 'cloud_provider', 'huaweicloud');
    const code = Number(oneText(record.code));
    const good = oneText(record.trace_rating) === 'normal' && !(code >= 400);
    put(fields, 'outcome', good ? 'success' : 'failure');
  },
};

/** Huawei Cloud Trace Service, also of government clouds built on HCS. */
export const source = defineSource({
  id: 'huawei-cts',
  title: { zh: '华为云审计 CTS', en: 'Huawei Cloud Trace Service' },
  vendor: 'Huawei',
  product: 'CTS',
  formats: ['json'],
  watches: ['cloud'],
  asks: { keys: ['trace_id'] },
  supplies: [supply(['huaweicloud', '', 'cts'], [...namesOf(NAMES), 'outcome', 'cloud_provider'])],
  detect: ({ json }) => (json !== undefined && LAYOUT.is(json) ? 0.97 : 0),
  parse: (opened) => readJson(opened, LAYOUT),
});
