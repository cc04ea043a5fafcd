import { readFile } from 'node:fs/promises';
import { createServer, type Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { Config } from '#platform/config.ts';
import type { Log } from '#platform/log.ts';
import type { Health } from '../health.ts';
import type { Intake } from '../intake.ts';
import type { Endpoint } from '../refusals.ts';
import type { Registry } from '../registry.ts';
import { plainAddress } from '../source.ts';
import type { Acceptor } from '../source-store.ts';
import { isPassing } from './patience.ts';
import { SyslogFraming } from './syslog-framing.ts';
import { cannotListen, type Gathering, type Listening, listenUdp } from './udp-listener.ts';

export interface SyslogParts {
  readonly config: Config['syslog'];
  readonly intake: Intake;
  readonly registry: Registry;
  readonly health: Health;
  readonly log: Log;
}

/** RFC 5424, 6.1 asks receivers for 2048 and leaves more open; audit and EDR messages are far longer. */
const MESSAGE_BYTES_MAX = 256 * 1024;
const CONNECTIONS_MAX = 2000;
const IDLE_MS = 10 * 60_000;
const RETRY_MS = 1000;
/** Ports as they are, also where the configuration said 0 (any). */
export interface SyslogPorts {
  readonly udp: number;
  readonly tcp: number;
  readonly tls: number | undefined;
}

export interface SyslogListeners {
  readonly ports: SyslogPorts;
  stop(): Promise<void>;
}

/** Starts the listeners: UDP (RFC 5426), TCP (RFC 6587), and TLS (RFC 5425) where the configuration asks for it. */
export async function startSyslog(parts: SyslogParts): Promise<SyslogListeners> {
  const { config, log } = parts;
  const udp = await listenUdp({
    name: 'syslog udp',
    setting: 'syslog.udpPort',
    host: config.host,
    port: config.udpPort,
    log,
    keep: (gathering) => keepGathered(parts, gathering),
  });
  const tcp = await listenStream(parts, createServer(), config.tcpPort, 'syslog tcp');
  let tls: Listening | undefined;
  if (config.tlsPort !== undefined) {
    const server = createTlsServer({
      key: await readFile(config.tlsKeyFile ?? ''),
      cert: await readFile(config.tlsCertFile ?? ''),
      ...(config.tlsClientCaFile
        ? { ca: await readFile(config.tlsClientCaFile), requestCert: true, rejectUnauthorized: true }
        : {}),
      minVersion: 'TLSv1.2',
    });
    server.on('tlsClientError', (error, socket) => {
      log.warn({ err: error }, 'a syslog sender could not agree on TLS');
      countFailedHandshake(parts.health, error, socket);
    });
    tls = await listenStream(parts, server, config.tlsPort, 'syslog tls', 'secureConnection');
  }
  return {
    ports: { udp: udp.port, tcp: tcp.port, tls: tls?.port },
    async stop() {
      await Promise.all([udp.stop(), tcp.stop(), tls?.stop()]);
    },
  };
}

/** UDP cannot tell a sender to wait: what cannot be kept is counted as lost. */
async function keepGathered({ intake, registry, health }: SyslogParts, gathering: Gathering): Promise<void> {
  for (const [address, messages] of gathering.messages) {
    const source = await registry.byAddress('syslog', address);
    if (source === undefined) health.turnedAway('syslog_udp', address, 'sender.unknown', messages.length);
    else {
      await intake.accept(source, messages, address).catch((error: unknown) => {
        intake.refused(source, error, messages.length);
      });
    }
  }
  for (const [address, count] of gathering.lost) {
    const source = await registry.byAddress('syslog', address);
    if (source === undefined) health.turnedAway('syslog_udp', address, 'sender.unknown', count);
    else health.rejected(source, 'udp_overflow', count);
  }
}

async function listenStream(
  parts: SyslogParts,
  server: Server,
  port: number,
  name: string,
  connected: 'connection' | 'secureConnection' = 'connection',
): Promise<Listening> {
  const { config, log } = parts;
  const open = new Map<Socket, Promise<void>>();
  server.maxConnections = CONNECTIONS_MAX;
  // Asked now, the address is still known when the connection has ended.
  server.on('connection', (socket: Socket) => socket.remoteAddress);
  server.on(connected, (socket: Socket) => {
    const done = receive(parts, socket)
      .catch((error: unknown) => log.debug({ err: error }, `${name}: a connection ended with an error`))
      .finally(() => open.delete(socket));
    open.set(socket, done);
  });
  server.on('drop', (dropped) => {
    log.warn({ connectionsMax: CONNECTIONS_MAX }, `${name}: too many connections, one refused`);
    const endpoint = connected === 'connection' ? 'syslog_tcp' : 'syslog_tls';
    parts.health.turnedAway(endpoint, plainAddress(dropped?.remoteAddress ?? ''), 'connections.full');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, config.host, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((cause: unknown) => {
    throw cannotListen(name, port, cause);
  });
  server.on('error', (error) => log.error({ err: error }, name));
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  log.info({ port: bound }, `${name} listens`);
  return {
    port: bound,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const working = [...open.values()];
      for (const socket of open.keys()) socket.destroy();
      await Promise.all(working);
      await closed;
    },
  };
}

/** Reads one connection until it ends. The next chunk is read only when the last one is durable: that slows the sender. */
async function receive({ intake, registry, health }: SyslogParts, socket: Socket): Promise<void> {
  const address = plainAddress(socket.remoteAddress ?? '');
  const source =
    (await registry.byCertificate(certificateNames(socket))) ?? (await registry.byAddress('syslog', address));
  if (source === undefined) {
    // An authority of ours signed the certificate, but no source has a name in it.
    const signed = socket instanceof TLSSocket && socket.authorized;
    health.turnedAway(endpointOf(socket), address, signed ? 'certificate.unmatched' : 'sender.unknown');
    socket.destroy();
    return;
  }
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.setNoDelay(true);
  const framing = new SyslogFraming(MESSAGE_BYTES_MAX);
  for await (const chunk of socket) {
    const { messages, tooLong } = framing.push(Buffer.from(chunk));
    if (tooLong > 0) health.rejected(source, 'too_long', tooLong);
    // A sender that is made to wait is not idle.
    socket.setTimeout(0);
    await keep(intake, registry, source, messages, address, socket);
    socket.setTimeout(IDLE_MS);
  }
  const last = framing.end();
  if (last !== undefined) await keep(intake, registry, source, [last], address, socket);
}

const endpointOf = (socket: Socket): Endpoint => (socket instanceof TLSSocket ? 'syslog_tls' : 'syslog_tcp');

/** Counts who could not come in by TLS. One that left before anything was said, such as a probe of the port, is none. */
function countFailedHandshake(health: Health, error: Error & { readonly code?: string }, socket: TLSSocket): void {
  // Set by Node when no authority of ours signed the certificate; its error is then no more than a connection that ended.
  const unsigned = Boolean(socket.authorizationError);
  if (!unsigned && error.code === 'ECONNRESET') return;
  const missing = error.code === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';
  const reason = unsigned ? 'certificate.unknown' : missing ? 'certificate.missing' : 'tls.failed';
  // A socket that Node has closed by itself knows its peer no more. What it wrapped does, but has no public name.
  const wrapped: unknown = Reflect.get(socket, '_parent');
  const address = socket.remoteAddress ?? (wrapped instanceof Socket ? wrapped.remoteAddress : undefined) ?? '';
  health.turnedAway('syslog_tls', plainAddress(address), reason);
}

/** The names in the certificate a sender showed, when an authority of ours signed it: subject and DNS names. */
function certificateNames(socket: Socket): string[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return [];
  const { subject, subjectaltname } = socket.getPeerCertificate();
  const alternative = (subjectaltname ?? '').split(', ').flatMap((name) => /^DNS:(.+)$/.exec(name)?.[1] ?? []);
  return [subject?.CN ?? [], alternative].flat();
}

/** Keeps messages, waiting as long as the platform is too busy or its disk is full: the connection stands still. */
async function keep(
  intake: Intake,
  registry: Registry,
  known: Acceptor,
  messages: readonly Buffer[],
  address: string,
  socket: Socket,
): Promise<void> {
  if (messages.length === 0) return;
  const source = (await registry.byId(known.id)) ?? known;
  for (;;) {
    try {
      await intake.accept(source, messages, address);
      return;
    } catch (error) {
      if (!isPassing(error) || socket.destroyed) {
        intake.refused(source, error, messages.length);
        socket.destroy();
        return;
      }
      await delay(RETRY_MS);
    }
  }
}
