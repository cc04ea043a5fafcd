import { createSocket } from 'node:dgram';
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import type { Config } from '#platform/config.ts';
import { consoleIsBuilt } from '../build-console.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const NODE_MAJOR_MIN = 24;
const GIB = 1024 ** 3;
const SPACE_FAIL_BYTES = GIB;
const SPACE_WARN_BYTES = 10 * GIB;
/** No release of this program is older: a clock before it is wrong. */
const RELEASED_AT = new Date('2026-11-01T00:00:00Z');

export function checkNode(version: string): Finding {
  const major = Number(/^v?(\d+)/.exec(version)?.[1] ?? 0);
  if (major >= NODE_MAJOR_MIN) return ok('node', `Node.js ${version}`);
  const mend = 'start it by npm (npm start, npm run tongan), which uses the version that npm ci installed';
  return fail('node', `Node.js ${version} is too old: ${NODE_MAJOR_MIN} is needed`, mend);
}

export function checkClock(now: Date): Finding {
  if (now >= RELEASED_AT) return ok('clock', `the clock says ${now.toISOString()}`);
  const mend = 'set the clock and keep it right by NTP: deadlines and records depend on it';
  return fail('clock', `the clock says ${now.toISOString()}, before this program was made`, mend);
}

export function checkConsole(): Finding {
  if (consoleIsBuilt()) return ok('console', 'the console is built from the present sources');
  return warn('console', 'the console is not built, or not from the present sources', 'the next start builds it');
}

/** The folder of embedded stores, files and keys. */
export async function checkDataFolder(config: Config): Promise<readonly Finding[]> {
  const folder = resolve(config.dataDir);
  const found = await stat(folder).catch(() => undefined);
  if (!found) return [await checkParent(folder)];
  if (!found.isDirectory())
    return [fail('data-folder', `${folder} is not a folder`, 'set TONGAN_DATA_DIR to a folder')];
  return [await checkRights(folder, found.mode), await checkSpace(folder)];
}

async function checkParent(folder: string): Promise<Finding> {
  if (await isUsable(dirname(folder)))
    return ok('data-folder', `${folder} does not exist yet: the first start makes it`);
  const mend = 'set TONGAN_DATA_DIR to a folder of your own';
  return fail('data-folder', `${folder} does not exist, and this user cannot make it there`, mend);
}

const isUsable = (folder: string): Promise<boolean> =>
  access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );

async function checkRights(folder: string, mode: number): Promise<Finding> {
  if (!(await isUsable(folder))) {
    return fail('data-folder', `${folder} cannot be written by this user`, `chown -R ${process.getuid?.()} ${folder}`);
  }
  if ((mode & 0o077) === 0) return ok('data-folder', `${folder} belongs to this user alone`);
  return warn('data-folder', `${folder} is open to other users of this machine`, `chmod 700 ${folder}`);
}

async function checkSpace(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const sentence = `${(free / GIB).toFixed(1)} GiB are free in ${folder}`;
  const mend = 'make room or move the folder to a larger disk: a full disk makes the platform refuse events';
  if (free < SPACE_FAIL_BYTES) return fail('space', sentence, mend);
  return free < SPACE_WARN_BYTES ? warn('space', sentence, mend) : ok('space', sentence);
}

interface Port {
  readonly setting: string;
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
}

/** Whether the ports this process would listen on are free. Only when the platform does not run. */
export async function checkPorts(config: Config): Promise<readonly Finding[]> {
  const { http, syslog, roles } = config;
  const ports: Port[] = [];
  if (roles.includes('api')) {
    ports.push({ setting: 'TONGAN_HTTP_PORT', protocol: 'tcp', host: http.host, port: http.port });
  }
  if (roles.includes('collect')) {
    ports.push({ setting: 'TONGAN_SYSLOG_UDP_PORT', protocol: 'udp', host: syslog.host, port: syslog.udpPort });
    ports.push({ setting: 'TONGAN_SYSLOG_TCP_PORT', protocol: 'tcp', host: syslog.host, port: syslog.tcpPort });
    if (syslog.tlsPort !== undefined) {
      ports.push({ setting: 'TONGAN_SYSLOG_TLS_PORT', protocol: 'tcp', host: syslog.host, port: syslog.tlsPort });
    }
  }
  return Promise.all(ports.map(checkPort));
}

async function checkPort({ setting, protocol, host, port }: Port): Promise<Finding> {
  const where = `${protocol} ${host}:${port}`;
  const problem = await (protocol === 'tcp' ? listenTcp(host, port) : listenUdp(host, port));
  if (problem === undefined) return ok('ports', `${where} is free`);
  if (problem === 'EADDRINUSE') {
    return fail('ports', `${where} is used by another program`, `stop that program or set ${setting} to another port`);
  }
  if (problem === 'EACCES') {
    return fail('ports', `${where} needs rights this user does not have`, `set ${setting} to a port above 1023`);
  }
  return fail('ports', `${where} cannot be listened on: ${problem}`, 'set the host to an address of this machine');
}

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.message;

const listenTcp = (host: string, port: number): Promise<string | undefined> =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', (error) => done(codeOf(error)));
    server.listen({ host, port, exclusive: true }, () => server.close(() => done(undefined)));
  });

const listenUdp = (host: string, port: number): Promise<string | undefined> =>
  new Promise((done) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', (error) => {
      socket.close();
      done(codeOf(error));
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => done(undefined)));
  });
