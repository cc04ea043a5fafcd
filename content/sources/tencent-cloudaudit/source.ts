import { defineSource } from '#engine/formats/define.ts';
import { type JsonLayout, readJson } from '#engine/formats/json-source.ts';
import { type Names, namesOf, oneText, put, supply } from '#engine/formats/sigma-fields.ts';

/** 腾讯云《操作审计 日志字段说明》. */
const NAMES: Names = {
  'userIdentity.userName': 'user',
  'userIdentity.principalId': 'user_id',
  'userIdentity.accountId': 'account_id',
  eventRegion: 'region',
  resourceType: 'cloud_service',
  resourceName: 'object',
  requestID: 'request_id',
  errorMessage: 'reason',
  actionType: 'operation_kind',
};

const LAYOUT: JsonLayout = {
  is: (json) => json.eventName !== undefined && json.eventRegion !== undefined && json.userIdentity !== undefined,
  names: NAMES,
  times: ['eventTime'],
  logsource: () => ({ product: 'tencentcloud', category: '', service: 'cloudaudit' }),
  finish: (fields, record) => {
    put(fields, 'cloud_provider', 'tencentcloud');
    put(fields, 'outcome', ['', '0'].includes(oneText(record.errorCode)) ? 'success' : 'failure');
  },
};

/** Tencent Cloud's CloudAudit. */
export const source = defineSource({
  id: 'tencent-cloudaudit',
  title: { zh: '腾讯云操作审计', en: 'Tencent CloudAudit' },
  vendor: 'Tencent',
  product: 'CloudAudit',
  formats: ['json'],
  watches: ['cloud'],
  asks: { keys: ['eventRegion'] },
  supplies: [
    supply(
      ['tencentcloud', '', 'cloudaudit'],
      [
        ...namesOf(NAMES),
        'eventName',
        'eventSource',
        'sourceIPAddress',
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
