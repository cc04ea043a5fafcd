import { type AppError, ERROR_CODES, type ErrorCode } from '#platform/errors.ts';
import type { ForeignAnswer } from '#platform/http/route.ts';

/** The kinds of failure that clients of Elasticsearch tell apart; the others are told by their status alone. */
const TYPES: Readonly<Partial<Record<ErrorCode, string>>> = {
  unauthenticated: 'security_exception',
  forbidden: 'security_exception',
  not_found: 'resource_not_found_exception',
  too_many_requests: 'es_rejected_execution_exception',
  storage_full: 'cluster_block_exception',
  internal: 'exception',
};
const OTHERS = 'illegal_argument_exception';

/** How to show who one is (RFC 9110, 11.6.1): some clients show nothing before they were asked to. */
const CHALLENGE = 'Basic realm="tongan", ApiKey';

/** A failure as Elasticsearch answers it: its clients and agents print type and reason. */
export function elasticFailure({ code, public: reason }: AppError): ForeignAnswer {
  const { status } = ERROR_CODES[code];
  const cause = { type: TYPES[code] ?? OTHERS, reason };
  return {
    status,
    mediaType: 'application/json',
    body: Buffer.from(JSON.stringify({ error: { root_cause: [cause], ...cause }, status })),
    headers: {
      'x-elastic-product': 'Elasticsearch',
      ...(status === 401 ? { 'www-authenticate': CHALLENGE } : {}),
    },
  };
}
