import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { AppError } from '../errors.ts';
import { openPostgres } from './open.ts';

const ALL = { path: '/', side: 'centre' } as const;

/** What a transaction on a server is told that does with each connection what `answer` says. */
async function toldBy(answer: Parameters<typeof createServer>[1]): Promise<unknown> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const postgres = await openPostgres({ kind: 'server', url: `postgres://x@127.0.0.1:${address.port}/x` });
  try {
    return await postgres.transaction(ALL, 'read only', async () => undefined).catch((error: unknown) => error);
  } finally {
    await postgres.close();
    server.close();
  }
}

/** PostgreSQL's ErrorResponse with a code. */
function refusal(code: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0Mrefused\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from('E'), length, fields]);
}

test('a server that hangs up, or that is starting or stopping, is told as not answering', async () => {
  const told = [
    await toldBy((socket) => socket.once('data', () => socket.destroy())),
    await toldBy((socket) => socket.once('data', () => socket.end(refusal('57P03')))),
  ];
  for (const error of told) {
    assert.ok(error instanceof AppError, String(error));
    assert.deepEqual([error.code, error.reason], ['unavailable', 'records.down']);
  }
});

test('where nobody listens, likewise; another refusal of the server stays a fault of ours', async () => {
  const nobody = await openPostgres({ kind: 'server', url: 'postgres://x@127.0.0.1:1/x' });
  const error = await nobody.transaction(ALL, 'read only', async () => undefined).catch((cause: unknown) => cause);
  await nobody.close();
  assert.ok(error instanceof AppError && error.reason === 'records.down', String(error));
  const refused = await toldBy((socket) => socket.once('data', () => socket.end(refusal('28P01'))));
  assert.ok(refused instanceof Error && !(refused instanceof AppError));
});
