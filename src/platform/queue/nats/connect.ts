import { readFileSync } from 'node:fs';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import type { Config } from '../../config.ts';

export interface Nats {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  readonly manager: JetStreamManager;
  /** What one message may carry, in bytes. */
  readonly messageBytesMax: number;
  readonly serverVersion: string;
}

const CONNECT_MS = 10_000;
const REQUEST_MS = 5_000;
/** A record holds up to 1 MB of lines; the server's own default of 1 MB would refuse it. */
const PAYLOAD_BYTES_MIN = 2 * 1024 * 1024;
/** Larger messages make a server slow for everybody else on it. */
const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
/** What headers and frames take beside the records. */
const ENVELOPE_BYTES = 64 * 1024;

/**
 * Connects to the NATS servers of the configuration and makes sure that they can hold the queue.
 *
 * @throws Error that names the servers and what to mend
 */
export async function connectNats(config: Config['nats'], name: string): Promise<Nats> {
  const servers = config.servers;
  const where = servers.join(', ');
  const connection = await connect({
    servers: [...servers],
    name,
    timeout: CONNECT_MS,
    // A server that restarts is waited for as long as it takes; what is asked meanwhile fails by its own time limit.
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    ...(config.user === undefined ? {} : { user: config.user, pass: config.password ?? '' }),
    ...(config.token === undefined ? {} : { token: config.token }),
    ...(config.credsFile === undefined ? {} : { authenticator: credsAuthenticator(readFileSync(config.credsFile)) }),
    ...(config.caFile === undefined ? {} : { tls: { caFile: config.caFile } }),
  }).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`NATS at ${where} cannot be reached (${reason}): start it, or mend TONGAN_NATS_SERVERS`, { cause });
  });
  try {
    const payload = connection.info?.max_payload ?? 0;
    if (payload < PAYLOAD_BYTES_MIN) {
      throw new Error(
        `NATS at ${where} takes messages of ${payload} bytes at most: set max_payload to 8MB in its configuration`,
      );
    }
    const manager = await jetstreamManager(connection, { timeout: REQUEST_MS }).catch((cause: unknown) => {
      throw new Error(`NATS at ${where} has no JetStream for this account: start it with a "jetstream" section`, {
        cause,
      });
    });
    return {
      connection,
      js: jetstream(connection, { timeout: REQUEST_MS }),
      manager,
      messageBytesMax: Math.min(payload, MESSAGE_BYTES_MAX) - ENVELOPE_BYTES,
      serverVersion: connection.info?.version ?? '',
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
