import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { AppError } from '../errors.ts';
import { openEventStore } from './open.ts';
import { eventSql } from './sql.ts';

const ALL = { path: '/', side: 'centre' } as const;

/** Asks a store at an address. @returns what is told */
async function toldAt(url: string): Promise<unknown> {
  const store = openEventStore({ kind: 'server', url, user: 'default', password: '', database: 'default' });
  const told = await store
    .reader(ALL)
    .query(eventSql`SELECT 1`, { tag: 'test' })
    .catch((error: unknown) => error);
  await store.close();
  return told;
}

function isDown(error: unknown): void {
  assert.ok(error instanceof AppError, String(error));
  assert.deepEqual([error.code, error.reason], ['unavailable', 'events.down']);
}

test('a store where nobody listens is told as not answering, with a reason the console has words for', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  server.close();
  await once(server, 'close');
  isDown(await toldAt(`http://127.0.0.1:${address.port}`));
});

test('so is one that hangs up', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  try {
    isDown(await toldAt(`http://127.0.0.1:${address.port}`));
  } finally {
    server.close();
  }
});
