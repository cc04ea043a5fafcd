import { defineSource } from '#engine/formats/define.ts';
import { type JsonLayout, readJson } from '#engine/formats/json-source.ts';
import { type Names, namesOf, oneText, put, supply } from '#engine/formats/sigma-fields.ts';

/** 阿里云《操作审计事件结构定义》; `eventName` and `eventSource` keep the names all clouds use for them. */
const NAMES: Names = {
  'userIdentity.userName': 'user',
  'userIdentity.principalId': 'user_id',
  'userIdentity.accountId': 'account_id',
  sourceIpAddress: 'src_ip',
  acsRegion: 'region',
  serviceName: 'cloud_service',
  requestId: 'request_id',
  errorMessage: 'reason',
  resourceName: 'object',
  resourceType: 'object_type',
};

const LAYOUT: JsonLayout = {
  is: (json) =>
    json.eventName !== undefined &&
    (json.acsRegion !== undefined || String(json.eventSource).endsWith('.aliyuncs.com')),
  names: NAMES,
  times: ['eventTime'],
  logsource: () => ({ product: 'aliyun', category: '', service: 'actiontrail' }),
  finish: (fields, record) => {
    put(fields, 'cloud_provider', 'aliyun');
    put(fields, 'outcome', oneText(record.errorCode) === '' ? 'success' : 'failure');
  },
};

/** Alibaba Cloud ActionTrail. */
export const source = defineSource({
  id: 'aliyun-actiontrail',
  title: { zh: '阿里云操作审计', en: 'Alibaba Cloud ActionTrail' },
  vendor: 'Alibaba Cloud',
  product: 'ActionTrail',
  formats: ['json'],
  watches: ['cloud'],
  asks: { keys: ['acsRegion', 'eventSource'] },
  supplies: [
    supply(
      ['aliyun', '', 'actiontrail'],
      [
        ...namesOf(NAMES),
        'eventName',
        'eventSource',
        'eventType',
        'userAgent',
        'errorCode',
        'outcome',
        'cloud_provider',
      ],
    ),
  ],
  detect: ({ json }) => (json !== undefined && LAYOUT.is(json) ? 0.96 : 0),
  parse: (opened) => readJson(opened, LAYOUT),
});
