import { Readable } from 'node:stream';
import { z } from 'zod';
import { action } from '#platform/action.ts';
import { writeTar } from '#platform/files/tar-writer.ts';
import { type Route, route } from '#platform/http/route.ts';
import type { HoldableQueue } from '#platform/queue/holdable.ts';
import type { Platform } from '../context.ts';
import { backup } from './backup.ts';

const Body = z.object({
  passphrase: z.string().min(12).max(1_000).optional().describe('encrypts the backup; without it keys are left out'),
  withEvents: z.boolean().default(true),
  unchanged: z
    .record(z.string().max(200), z.string().max(100))
    .default({})
    .describe('fingerprints of an earlier backup by table/partition: these are not sent again'),
});

/** Who took a copy of everything is part of the record, and of the copy. */
export const recordBackup = action(
  'system.backup',
  z.object({ encrypted: z.boolean(), withEvents: z.boolean() }),
  async (tx, input) => {
    tx.record({
      object: { type: 'backup', id: tx.ids.next() },
      unitPath: tx.scope.path,
      data: { change: 'backup taken', ...input },
    });
  },
);

/** `POST /api/system/backup`: everything the platform holds as one tar archive, while it goes on. */
export const backupRoute = (platform: Platform, queue: HoldableQueue): Route =>
  route({
    method: 'POST',
    url: '/api/system/backup',
    permission: 'system.backup',
    summary:
      'A backup of record, events, attachments, queue and keys as a tar archive, made while the platform goes on',
    body: Body,
    response: null,
    ratePerMinute: 2,
    async handler(ctx, { body, reply, closed }) {
      const { passphrase, withEvents, unchanged } = body;
      await recordBackup(ctx, { encrypted: passphrase !== undefined, withEvents });
      const archive = Readable.from(writeTar(backup(platform, queue, { passphrase, withEvents, unchanged })));
      closed.addEventListener('abort', () => archive.destroy());
      reply.send(archive, 'application/x-tar', `tongan-${ctx.clock.now().toISOString().slice(0, 10)}.tar`);
    },
  });
