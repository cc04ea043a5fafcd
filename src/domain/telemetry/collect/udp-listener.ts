import { createSocket, type Socket } from 'node:dgram';
import type { Log } from '#platform/log.ts';
import { plainAddress } from '../source.ts';

/** Datagrams wait this long for company, so that they share an fsync. */
const GATHER_MS = 50;
const GATHER_MAX = 1000;
const GATHER_BYTES_MAX = 16 * 1024 * 1024;

/** A running listener. */
export interface Listening {
  /** As it is, also where the configuration said 0 (any). */
  readonly port: number;
  /** Takes nothing more, and keeps what was received. */
  stop(): Promise<void>;
}

/** Datagrams of many senders, gathered for a moment. */
export class Gathering {
  readonly messages = new Map<string, Buffer[]>();
  /** Datagrams there was no room for, by sender. */
  readonly lost = new Map<string, number>();
  count = 0;
  bytes = 0;

  add(address: string, message: Buffer): void {
    const messages = this.messages.get(address) ?? [];
    messages.push(message);
    this.messages.set(address, messages);
    this.count += 1;
    this.bytes += message.length;
  }

  lose(address: string): void {
    this.lost.set(address, (this.lost.get(address) ?? 0) + 1);
  }
}

export interface UdpOptions {
  /** For the log. */
  readonly name: string;
  /** The setting that names the port, for the message when it is taken. */
  readonly setting: string;
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  /** Called for one gathering after the other. */
  keep(gathering: Gathering): Promise<void>;
}

/** Receives datagrams. UDP cannot tell a sender to wait: what there is no room for is counted as lost. */
export async function listenUdp(options: UdpOptions): Promise<Listening> {
  const { name, log } = options;
  const type = options.host.includes(':') ? 'udp6' : 'udp4';
  const socket = createSocket({ type, recvBufferSize: 8 * 1024 * 1024 });
  let gathering = new Gathering();
  let bytesInHand = 0;
  let timer: NodeJS.Timeout | undefined;
  let keeping: Promise<void> = Promise.resolve();

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const ready = gathering;
    gathering = new Gathering();
    keeping = keeping
      .then(() => options.keep(ready))
      .catch((error: unknown) => log.error({ err: error }, `${name}: datagrams were lost`))
      .finally(() => {
        bytesInHand -= ready.bytes;
      });
  };
  socket.on('message', (message, peer) => {
    const address = plainAddress(peer.address);
    if (message.length === 0) return;
    if (bytesInHand + message.length > GATHER_BYTES_MAX) gathering.lose(address);
    else {
      gathering.add(address, message);
      bytesInHand += message.length;
    }
    if (gathering.count >= GATHER_MAX) flush();
    else timer ??= setTimeout(flush, GATHER_MS);
  });
  await bind(socket, options);
  socket.on('error', (error) => log.error({ err: error }, name));
  const { port } = socket.address();
  log.info({ port }, `${name} listens`);
  return {
    port,
    async stop() {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
      flush();
      await keeping;
    },
  };
}

const bind = (socket: Socket, { host, port, setting }: UdpOptions): Promise<void> =>
  new Promise<void>((resolve, reject) => {
    socket.once('error', (cause) => reject(cannotListen(setting, port, cause)));
    socket.bind({ port, address: host }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });

export const cannotListen = (setting: string, port: number, cause: unknown): Error =>
  new Error(`${setting}: cannot listen on port ${port} (${cause instanceof Error ? cause.message : String(cause)})`, {
    cause,
  });
