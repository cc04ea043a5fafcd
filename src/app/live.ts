import { PassThrough } from 'node:stream';
import { route } from '#platform/http/route.ts';
import type { Live } from '#platform/live.ts';

const KEEP_ALIVE_MS = 20_000;
/** A listener that does not read is cut rather than kept in memory; its browser connects again. */
const UNREAD_BYTES_MAX = 256 * 1024;

/** `GET /api/live`: server-sent events about every committed change the caller may see. */
export const liveRoute = (live: Live) =>
  route({
    method: 'GET',
    url: '/api/live',
    permission: 'signed-in',
    summary: 'Changes as they happen (server-sent events)',
    response: null,
    async handler(ctx, { reply }) {
      const stream = new PassThrough();
      const write = (text: string) => {
        if (stream.writableLength > UNREAD_BYTES_MAX) stream.destroy();
        else stream.write(text);
      };
      const unsubscribe = live.subscribe(ctx.scope, ({ topic, id, action, unitPath }) => {
        write(`data: ${JSON.stringify({ topic, id, action, unitPath })}\n\n`);
      });
      const timer = setInterval(() => write(': still here\n\n'), KEEP_ALIVE_MS);
      timer.unref();
      stream.on('close', () => {
        clearInterval(timer);
        unsubscribe();
      });
      write('retry: 3000\n\n');
      reply.header('x-accel-buffering', 'no');
      reply.send(stream, 'text/event-stream');
    },
  });
