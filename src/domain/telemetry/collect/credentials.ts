/** The token of a source, 32 random bytes in base64url (see `newToken`). */
const TOKEN = /tis_[\w-]{20,100}/;
const WHOLE_TOKEN = new RegExp(`^${TOKEN.source}$`);

/**
 * The token of a source out of an `authorization` header, in the forms that agents can be set to:
 *
 * - `Bearer <token>` (RFC 6750): OpenTelemetry, Vector, curl
 * - `Splunk <token>`: senders for Splunk's HTTP event collector
 * - `ApiKey base64(<any id>:<token>)`: Beats, Elasticsearch clients
 * - `Basic base64(<any name>:<token>)` (RFC 7617): whatever knows only name and password
 *
 * @returns undefined when there is none; whether the token is anybody's is for the registry
 */
export function tokenOf(authorization: string | undefined): string | undefined {
  const [, scheme = '', credentials = ''] = /^(\w+) +(\S+) *$/.exec(authorization ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'splunk':
      return WHOLE_TOKEN.test(credentials) ? credentials : undefined;
    case 'basic':
    case 'apikey':
      return secretOfPair(credentials);
    default:
      return undefined;
  }
}

function secretOfPair(encoded: string): string | undefined {
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const secret = pair.slice(pair.indexOf(':') + 1);
  return WHOLE_TOKEN.test(secret) ? secret : undefined;
}
