import { defineSource } from '#engine/formats/define.ts';
import { type JsonLayout, readJson } from '#engine/formats/json-source.ts';
import { type Names, namesOf, oneText, put, supply } from '#engine/formats/sigma-fields.ts';

/** Sigma's CloudTrail rules use Amazon's own names: they stay, the common ones are added. */
const NAMES: Names = {
  'userIdentity.userName': 'user',
  'userIdentity.accountId': 'account_id',
  awsRegion: 'region',
  errorMessage: 'reason',
};
const KEPT = [
  'eventName',
  'eventSource',
  'eventType',
  'sourceIPAddress',
  'userAgent',
  'errorCode',
  'userIdentity.type',
  'userIdentity.arn',
];

const LAYOUT: JsonLayout = {
  is: (json) =>
    typeof json.eventSource === 'string' && json.eventSource.endsWith('.amazonaws.com')
      ? true
      : json.eventVersion !== undefined && json.awsRegion !== undefined,
  names: NAMES,
  times: ['eventTime'],
  logsource: () => ({ product: 'aws', category: '', service: 'cloudtrail' }),
  finish: (fields, record, json) => {
    put(fields, 'user_id', oneText(record['userIdentity.principalId']));
    put(fields, 'cloud_service', oneText(record.eventSource).replace(/\.amazonaws\.com$/, ''));
    put(fields, 'cloud_provider', 'aws');
    const refused = record.errorCode !== undefined || oneText(record['responseElements.ConsoleLogin']) === 'Failure';
    put(fields, 'outcome', refused ? 'failure' : 'success');
    // Rules ask for a text inside the parameters as they were written.
    for (const name of ['requestParameters', 'responseElements', 'additionalEventData']) {
      if (json[name] !== null && json[name] !== undefined)
        put(fields, name, JSON.stringify(json[name]).slice(0, 16_384));
    }
  },
};

/** AWS CloudTrail records, one a line. */
export const source = defineSource({
  id: 'aws-cloudtrail',
  title: { zh: 'AWS CloudTrail 云审计', en: 'AWS CloudTrail' },
  vendor: 'Amazon',
  product: 'CloudTrail',
  formats: ['json'],
  watches: ['cloud'],
  asks: { keys: ['awsRegion'] },
  supplies: [
    supply(
      ['aws', '', 'cloudtrail'],
      [
        ...namesOf(NAMES),
        ...KEPT,
        'user_id',
        'cloud_service',
        'cloud_provider',
        'outcome',
        'requestParameters',
        'responseElements',
        'additionalEventData',
      ],
    ),
  ],
  detect: ({ json }) => (json !== undefined && LAYOUT.is(json) ? 0.97 : 0),
  parse: (opened) => readJson(opened, LAYOUT),
});
