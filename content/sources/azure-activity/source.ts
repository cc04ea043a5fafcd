import { defineSource } from '#engine/formats/define.ts';
import { type JsonLayout, readJson } from '#engine/formats/json-source.ts';
import { type Names, namesOf, oneText, put, supply } from '#engine/formats/sigma-fields.ts';

/** Sigma's Azure rules use both `operationName` and `OperationName`, `properties.message` and others of Azure's own. */
const NAMES: Names = {
  callerIpAddress: 'src_ip',
  CallerIpAddress: 'src_ip',
  'identity.authorization.evidence.principalId': 'user_id',
  'properties.userPrincipalName': 'user',
  'properties.ipAddress': 'src_ip',
  resourceId: 'object',
  resultDescription: 'reason',
  resultType: 'resultType',
  correlationId: 'request_id',
  level: 'level',
};

const LAYOUT: JsonLayout = {
  is: (json) =>
    (json.operationName ?? json.OperationName) !== undefined &&
    (json.resourceId ?? json.tenantId ?? json.correlationId) !== undefined &&
    (json.category ?? json.Category) !== undefined,
  names: NAMES,
  times: ['time', 'TimeGenerated', 'eventTimestamp'],
  logsource: (fields) => ({
    product: 'azure',
    category: '',
    service: serviceOf(oneText(fields.category ?? fields.Category)),
  }),
  finish: (fields, record) => {
    put(fields, 'cloud_provider', 'azure');
    const caller =
      oneText(record.caller) ||
      oneText(record['identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn']);
    if (fields.user === undefined) put(fields, 'user', caller);
    const result = oneText(record.resultType) || oneText(record.ResultType);
    if (result !== '')
      put(fields, 'outcome', /^(?:Success|Succeeded|Start|Accept|0)$/i.test(result) ? 'success' : 'failure');
  },
};

function serviceOf(category: string): string {
  if (/^SignInLogs$|SignIn/i.test(category)) return 'signinlogs';
  if (/^AuditLogs$/i.test(category)) return 'auditlogs';
  if (/risk/i.test(category)) return 'riskdetection';
  return 'activitylogs';
}

/** Azure activity, audit and sign-in logs as diagnostic settings export them. */
export const source = defineSource({
  id: 'azure-activity',
  title: { zh: 'Azure 活动与登录日志', en: 'Azure activity and sign-in logs' },
  vendor: 'Microsoft',
  product: 'Azure',
  formats: ['json'],
  watches: ['cloud'],
  asks: { keys: ['operationName', 'OperationName'] },
  supplies: ['activitylogs', 'auditlogs', 'signinlogs', 'riskdetection'].map((service) =>
    supply(
      ['azure', '', service],
      [...namesOf(NAMES), 'operationName', 'category', 'caller', 'outcome', 'properties.message', 'cloud_provider'],
    ),
  ),
  detect: ({ json }) => (json !== undefined && LAYOUT.is(json) ? 0.93 : 0),
  parse: (opened) => readJson(opened, LAYOUT),
});
