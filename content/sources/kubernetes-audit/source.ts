import { defineSource, type OpenedText, type SourceEvent } from '#engine/formats/define.ts';
import { flattenJson, isJsonObject, type JsonObject } from '#engine/formats/json.ts';
import { eventAt, type Names, namesOf, oneText, put, rename, supply } from '#engine/formats/sigma-fields.ts';
import { parseTimestamp } from '#engine/formats/time.ts';

const logsource = { product: 'kubernetes', category: '', service: 'audit' } as const;

/** Sigma's Kubernetes rules use the API's own names (audit.k8s.io/v1): they stay, the common ones are added. */
const NAMES: Names = {
  'user.username': 'user',
  'user.groups': 'user_groups',
  sourceIPs: 'src_ip',
  auditID: 'audit_id',
  stageTimestamp: '',
  requestReceivedTimestamp: '',
  'annotations.authorization.k8s.io/decision': 'outcome',
  'annotations.authorization.k8s.io/reason': 'reason',
};
const KEPT = [
  'verb',
  'requestURI',
  'userAgent',
  'objectRef.resource',
  'objectRef.namespace',
  'objectRef.name',
  'objectRef.apiGroup',
];

const isAudit = (json: JsonObject): boolean =>
  json.auditID !== undefined &&
  typeof json.verb === 'string' &&
  (json.requestURI !== undefined || isJsonObject(json.objectRef));

/** Audit records of a Kubernetes API server, of any distribution. */
export const source = defineSource({
  id: 'kubernetes-audit',
  title: { zh: 'Kubernetes 审计', en: 'Kubernetes audit' },
  vendor: 'CNCF',
  product: 'Kubernetes',
  formats: ['json'],
  watches: ['cloud'],
  asks: { keys: ['auditID'] },
  supplies: [
    supply(
      ['kubernetes', '', 'audit'],
      [
        ...namesOf(NAMES),
        ...KEPT,
        'objectRef.subresource',
        'responseStatus.code',
        'namespace',
        'action',
        'cs-uri',
        'sc-status',
        'apiGroup',
      ],
    ),
  ],
  detect: ({ json }) => (json !== undefined && isAudit(json) ? 0.97 : 0),
  parse,
});

function parse({ json, context }: OpenedText): SourceEvent | null {
  if (json === undefined || !isAudit(json)) return null;
  const { record, problems } = flattenJson(json);
  const fields = rename(record, NAMES);
  const addresses = fields.src_ip;
  // The first address is the client's, the others are proxies' (Kubernetes, "Auditing").
  if (addresses !== undefined && typeof addresses !== 'string') put(fields, 'src_ip', addresses[0]);
  put(fields, 'action', oneText(record.verb));
  put(fields, 'cs-uri', oneText(record.requestURI));
  put(fields, 'sc-status', oneText(record['responseStatus.code']));
  put(fields, 'namespace', oneText(record['objectRef.namespace']));
  put(fields, 'apiGroup', oneText(record['objectRef.apiGroup']));
  const times = [record.requestReceivedTimestamp, record.stageTimestamp].map((text) =>
    parseTimestamp(oneText(text), context.zone),
  );
  return eventAt(logsource, times, context, fields, problems);
}
