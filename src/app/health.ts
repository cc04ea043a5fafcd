import { z } from 'zod';
import type { EventStore } from '#platform/eventstore/open.ts';
import { route } from '#platform/http/route.ts';
import type { Queue } from '#platform/queue/queue.ts';
import type { Platform } from './context.ts';
import { attempt, type Finding } from './doctor/finding.ts';
import { checkOwnQueue, checkQueue } from './doctor/queue.ts';
import {
  checkEventStore,
  checkRecordStore,
  checkRetention,
  checkRetentionClock,
  checkSigning,
} from './doctor/stores.ts';
import { VERSION } from './version.ts';

const Health = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  checks: z.array(
    z.object({
      check: z.string(),
      state: z.enum(['ok', 'warn', 'fail']),
      sentence: z.string().optional().describe('Only for those who may read the system'),
      mend: z.string().optional().describe('What to do about it; only for those who may read the system'),
    }),
  ),
});

type Examined = Pick<Platform, 'postgres' | 'clock' | 'config'> & { readonly events: Pick<EventStore, 'ping'> };

/** However often somebody asks, the stores are looked at no more than once in this time. */
const FRESH_MS = 5_000;

/** `GET /api/health`: whether the running platform works. Says how it is to everybody, why only to administrators. */
export function healthRoute(platform: Examined, queue: Pick<Queue, 'stats'>) {
  let last: { readonly atMs: number; readonly findings: Promise<readonly Finding[]> } | undefined;
  return route({
    method: 'GET',
    url: '/api/health',
    permission: 'public',
    summary: 'Whether the stores and the queue answer and are in order',
    response: Health,
    async handler(ctx) {
      const nowMs = performance.now();
      if (last === undefined || nowMs - last.atMs > FRESH_MS)
        last = { atMs: nowMs, findings: examine(platform, queue) };
      const findings = await last.findings;
      const failing = findings.some((finding) => finding.state === 'fail');
      if (failing) ctx.log.warn({ findings }, 'the platform is not in order');
      const told = ctx.may('system.read');
      return {
        status: failing ? ('degraded' as const) : ('ok' as const),
        version: VERSION,
        checks: findings.map(({ check, state, ...words }) => ({ check, state, ...(told ? words : {}) })),
      };
    },
  });
}

async function examine(
  { postgres, events, clock, config }: Examined,
  queue: Pick<Queue, 'stats'>,
): Promise<readonly Finding[]> {
  const found = [
    await attempt('record-store', '', () => checkRecordStore(postgres)),
    await attempt('event-store', '', () => checkEventStore(events)),
    await attempt('queue', '', () =>
      // Shared, it is what its servers say, whichever process is asked.
      config.nats.servers.length > 0 ? checkQueue(config, clock.now()) : checkOwnQueue(config, queue.stats()),
    ),
    await attempt('retention', '', () => checkRetention(postgres)),
    await attempt('retention-clock', '', () => checkRetentionClock(postgres, clock.now())),
    await attempt('journal', '', () => checkSigning(postgres, clock.now())),
  ];
  return found.flat();
}
