import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Where tools/install-senders.sh unpacks what cannot be installed beside rsyslog. */
const SYSLOG_NG = '/opt/syslog-ng/usr';

/** Programs of others that deliver to us in tests, by where they may lie. */
const PROGRAMS = {
  rsyslogd: ['/usr/sbin/rsyslogd'],
  'syslog-ng': [`${SYSLOG_NG}/sbin/syslog-ng`],
  logger: ['/usr/bin/logger'],
  softflowd: ['/usr/sbin/softflowd'],
  openssl: ['/usr/bin/openssl'],
  kcat: ['/usr/bin/kcat'],
  otelcol: ['/opt/otelcol/otelcol'],
  nginx: ['/usr/sbin/nginx'],
} as const;

type Program = keyof typeof PROGRAMS;

const pathOf = (program: Program): string | undefined => PROGRAMS[program].find((path) => existsSync(path));

/** For the options of a test: why it is left out, or false. */
export const unless = (...programs: Program[]): string | false => {
  const missing = programs.filter((program) => pathOf(program) === undefined);
  return missing.length === 0
    ? false
    : `not installed: ${missing.join(', ')} (tools/install-senders.sh, tools/install-otel-collector.sh)`;
};

/** Waits until a condition holds; fails after a minute, which a busy machine may need. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within a minute: ${what}`);
    await delay(25);
  }
}

interface Sender {
  /** A folder of its own; gone after `stop`. */
  readonly folder: string;
  /** What it printed. */
  output(): string;
  stop(): Promise<void>;
}

/** Runs a program in the foreground with a folder of its own. */
async function run(
  program: Program,
  files: (folder: string) => Readonly<Record<string, string>>,
  args: (folder: string) => readonly string[],
): Promise<Sender> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-sender-'));
  for (const [name, text] of Object.entries(files(folder))) await writeFile(join(folder, name), text);
  const child: ChildProcess = spawn(pathOf(program) ?? program, args(folder), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LD_LIBRARY_PATH: `${SYSLOG_NG}/lib/syslog-ng` },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const ended = once(child, 'exit');
  return {
    folder,
    output: () => output,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a program to its end; it fails when the program does. */
export const runToEnd = async (program: Program, args: readonly string[]): Promise<void> => {
  await promisify(execFile)(pathOf(program) ?? program, args, { timeout: 20_000 });
};

/** Runs rsyslog with a configuration; `FOLDER` in it stands for a folder of its own. */
export const rsyslog = (configuration: string): Promise<Sender> =>
  run(
    'rsyslogd',
    (folder) => ({
      'rsyslog.conf': `global(workDirectory="${folder}")\n${configuration.replaceAll('FOLDER', folder)}\n`,
    }),
    (folder) => ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')],
  );

/** Runs syslog-ng with a configuration; `FOLDER` and `SCL` (its library of ready-made parts) are put in. */
export const syslogNg = (configuration: string): Promise<Sender> =>
  run(
    'syslog-ng',
    (folder) => ({
      // A pragma is one only at the beginning of a line.
      'syslog-ng.conf': `@version: 3.38\n${configuration
        .replaceAll(/^ +/gm, '')
        .replaceAll('FOLDER', folder)
        .replaceAll('SCL', `${SYSLOG_NG}/share/syslog-ng/include/scl`)}\n`,
    }),
    (folder) => [
      '--foreground',
      '--stderr',
      `--module-path=${SYSLOG_NG}/lib/syslog-ng/3.38`,
      `--cfgfile=${join(folder, 'syslog-ng.conf')}`,
      `--persist-file=${join(folder, 'persist')}`,
      `--pidfile=${join(folder, 'pid')}`,
      `--control=${join(folder, 'control')}`,
    ],
  );

/** Runs an OpenTelemetry Collector with a configuration; `FOLDER` in it stands for a folder of its own. */
export const otelCollector = (configuration: string): Promise<Sender> =>
  run(
    'otelcol',
    (folder) => ({ 'config.yaml': configuration.replaceAll('FOLDER', folder) }),
    (folder) => ['--config', `file:${join(folder, 'config.yaml')}`],
  );

/** Runs nginx with a site; `FOLDER` in it stands for a folder of its own. */
export const nginx = (site: string): Promise<Sender> =>
  run(
    'nginx',
    (folder) => ({
      'nginx.conf': `daemon off; master_process off; pid FOLDER/pid; error_log stderr; events {} http { access_log off;
        ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path FOLDER/${name};`).join(' ')}
        ${site} }`.replaceAll('FOLDER', folder),
    }),
    (folder) => ['-p', folder, '-c', join(folder, 'nginx.conf')],
  );

/** Listeners on free ports of this machine, with TLS where `makeCertificates` could make what that needs. */
export function freeListeners(folder: string) {
  const tls = {
    tlsPort: 0,
    tlsKeyFile: join(folder, 'server.key'),
    tlsCertFile: join(folder, 'server.pem'),
    tlsClientCaFile: join(folder, 'ca.pem'),
  };
  return {
    syslog: { host: '127.0.0.1', udpPort: 0, tcpPort: 0, ...(unless('openssl') === false ? tls : {}) },
    netflow: { host: '127.0.0.1', port: 0 },
  };
}

/** Certificates for a test, made with openssl: an authority, a server for 127.0.0.1, and a client by its name. */
export async function makeCertificates(folder: string, client: string): Promise<void> {
  const at = (name: string) => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await runToEnd('openssl', [
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=test authority',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  ]);
  for (const [name, subject, alternative] of [
    ['server', '127.0.0.1', 'IP:127.0.0.1'],
    ['client', client, `DNS:${client}`],
  ] as const) {
    await writeFile(at(`${name}.ext`), `subjectAltName=${alternative}\n`);
    await runToEnd('openssl', [
      'req',
      ...key.slice(0, -2),
      '-subj',
      `/CN=${subject}`,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.csr`),
    ]);
    await runToEnd('openssl', [
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      '-CA',
      at('ca.pem'),
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      at(`${name}.ext`),
      '-out',
      at(`${name}.pem`),
    ]);
  }
}
