import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import type { DemoLine } from './background.ts';
import type { DemoSource } from './hosts.ts';

/** Sends lines as the machines of a source would: with its own protocol, address and token. */
interface Sender {
  send(lines: readonly string[]): Promise<void>;
  close(): void;
}

/** Where the platform listens. */
export interface Listeners {
  readonly address: string;
  readonly syslogHost: string;
  readonly udpPort: number;
  readonly tcpPort: number;
}

function httpSender(address: string, token: string): Sender {
  return {
    async send(lines) {
      const response = await fetch(`${address}/ingest`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
        body: lines.join('\n'),
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`POST /ingest answered ${response.status}`);
    },
    close() {},
  };
}

/** Octet counting (RFC 6587, 3.4.1) over one connection that is opened again after a loss. */
function tcpSender(host: string, port: number, localAddress: string): Sender {
  let socket: Socket | undefined;
  const opened = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      if (socket?.writable) return resolve(socket);
      const fresh = connect({ host, port, localAddress }, () => resolve(fresh));
      fresh.on('error', (cause) => {
        socket = undefined;
        reject(cause);
      });
      fresh.on('close', () => {
        socket = undefined;
      });
      socket = fresh;
    });
  return {
    async send(lines) {
      const connection = await opened();
      const frames = lines.map((line) => `${Buffer.byteLength(line)} ${line}`).join('');
      await new Promise<void>((resolve, reject) => {
        connection.write(frames, (cause) => (cause ? reject(cause) : resolve()));
      });
    },
    close: () => socket?.destroy(),
  };
}

function udpSender(host: string, port: number, localAddress: string): Sender {
  const socket = createSocket('udp4');
  const bound = new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: localAddress, port: 0 }, resolve);
  });
  return {
    async send(lines) {
      await bound;
      for (const line of lines) socket.send(line, port, host);
    },
    close: () => socket.close(),
  };
}

export interface Senders {
  /** Sends each line from its own source. @throws AggregateError naming the sources that could not deliver */
  send(lines: readonly DemoLine[]): Promise<void>;
  close(): void;
}

/** @param tokens of the sources that deliver by HTTP, by the source's key */
export function openSenders(
  sources: readonly DemoSource[],
  tokens: ReadonlyMap<string, string>,
  at: Listeners,
): Senders {
  const senders = new Map<string, Sender>(
    sources.map(({ key, via, sender = '127.0.0.1' }) => {
      if (via === 'tcp') return [key, tcpSender(at.syslogHost, at.tcpPort, sender)];
      if (via === 'udp') return [key, udpSender(at.syslogHost, at.udpPort, sender)];
      return [key, httpSender(at.address, tokens.get(key) ?? '')];
    }),
  );
  return {
    async send(lines) {
      const bySource = Map.groupBy(lines, (line) => line.source);
      const results = await Promise.allSettled(
        [...bySource].map(async ([key, of]) => {
          const sender = senders.get(key);
          if (!sender) throw new Error(`the demo has no source "${key}"`);
          await sender.send(of.map((line) => line.text));
        }),
      );
      const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
    },
    close() {
      for (const sender of senders.values()) sender.close();
    },
  };
}
