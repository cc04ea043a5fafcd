import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { flag, list, port, trust, zone } from './config-types.ts';

/** Everything that can be set, with its default. Secrets have no default; blank counts as unset. */
const ConfigSchema = z.strictObject({
  environment: z
    .enum(['production', 'demo', 'test'])
    .default('production')
    .describe('production, demo or test; demo and test allow short retention'),
  dataDir: z.string().default('data').describe('folder of embedded stores, files, queue and keys'),
  sharedDir: z
    .string()
    .optional()
    .describe('folder of files and keys, the same one for all processes of the roles api and work; absent: dataDir'),
  installation: z.string().default('tongan').describe('name in the journal checkpoints, unique among centres'),
  roles: list
    .default(['collect', 'detect', 'work', 'api'])
    .describe('which parts this process runs: collect, detect, work, api'),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('trace, debug, info, warn, error or silent; lines of JSON on standard output'),
    })
    .prefault({}),
  http: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('address to listen at; 0.0.0.0: all'),
      port: port.default(8420).describe('console, interface and deliveries over HTTP'),
      secureCookies: flag.default(false).describe('true when browsers reach it by https'),
      trustProxy: trust
        .default(false)
        .describe(
          'addresses or networks of reverse proxies whose X-Forwarded-For is believed; true: anybody, false: nobody',
        ),
    })
    .prefault({}),
  postgres: z.strictObject({ url: z.string().optional().describe('absent: embedded in dataDir') }).prefault({}),
  nats: z
    .strictObject({
      servers: list
        .default([])
        .describe('absent: the queue is in dataDir; needed when roles run apart: nats://host:4222'),
      user: z.string().optional().describe('together with nats.password'),
      password: z.string().optional().describe('secret'),
      token: z.string().optional().describe('secret; instead of a user'),
      credsFile: z.string().optional().describe('file of a JWT and its key, instead of user or token'),
      caFile: z.string().optional().describe('authority of the servers’ certificates; set: TLS is asked for'),
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,32}$/)
        .default('tongan')
        .describe('first part of the names of streams: several installations may share servers'),
      replicas: z.coerce
        .number()
        .int()
        .min(1)
        .max(5)
        .default(1)
        .describe('copies of what was accepted; 3 in production: an acknowledgement waits for a majority'),
      leaseSeconds: z.coerce
        .number()
        .min(1)
        .max(300)
        .default(10)
        .describe('a process that is silent for so long loses its partitions to others'),
    })
    .prefault({}),
  clickhouse: z
    .strictObject({
      url: z.string().optional().describe('absent: embedded in dataDir'),
      user: z.string().default('default').describe('may make tables in clickhouse.database'),
      password: z.string().optional().describe('secret'),
      database: z.string().default('default').describe('must exist'),
      cluster: z
        .string()
        .regex(/^\w+$/)
        .optional()
        .describe('name of the cluster in remote_servers; set: tables are replicated and sharded'),
    })
    .prefault({}),
  syslog: z
    .strictObject({
      host: z.string().default('0.0.0.0').describe('address to listen at'),
      udpPort: port.default(5514).describe('0 = any free port'),
      tcpPort: port.default(5514).describe('0 = any free port'),
      tlsPort: port.optional().describe('usually 6514 (RFC 5425); absent: no TLS. Needs key and certificate'),
      tlsKeyFile: z.string().optional().describe('private key of the listener, PEM'),
      tlsCertFile: z.string().optional().describe('its certificate with the chain, PEM'),
      tlsClientCaFile: z.string().optional().describe('set: senders must show a certificate of this authority'),
    })
    .prefault({}),
  netflow: z
    .strictObject({
      host: z.string().default('0.0.0.0').describe('address to listen at'),
      port: port.optional().describe('UDP port for NetFlow 5, 9 and IPFIX, usually 2055; absent: not taken'),
    })
    .prefault({}),
  files: z
    .strictObject({
      roots: list.default([]).describe('folders whose files sources may follow; none: no files are followed'),
    })
    .prefault({}),
  kafka: z
    .strictObject({
      brokers: list.default([]).describe('host:port of the cluster whose topics sources may read; none: no topics'),
      group: z.string().default('tongan').describe('consumer group; its offsets say what was read'),
      tls: flag.default(false).describe('true when the brokers ask for it'),
      caFile: z.string().optional().describe('authority of the brokers’ certificates; absent: those of Node'),
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).optional().describe('absent: no sign-in'),
      username: z.string().optional().describe('together with kafka.mechanism'),
      password: z.string().optional().describe('secret'),
    })
    .prefault({}),
  queue: z
    .strictObject({
      partitions: z.coerce
        .number()
        .int()
        .min(1)
        .max(1024)
        .default(16)
        .describe('over NATS: at most so many processes share the work; fixed once the streams exist'),
      bytesMax: z.coerce
        .number()
        .int()
        .positive()
        .default(4 * 1024 ** 3)
        .describe(
          'bytes on disk (lines are packed) accepted but not yet stored; when they are reached senders are told to wait',
        ),
      diskFreeBytesMin: z.coerce
        .number()
        .int()
        .min(0)
        .default(512 * 1024 ** 2)
        .describe('with less free on its disk the queue takes nothing more: stores need room to work off what waits'),
      segmentBytes: z.coerce
        .number()
        .int()
        .positive()
        .default(64 * 1024 ** 2)
        .describe('bytes of one file of the queue in dataDir'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      eventDays: z.coerce
        .number()
        .int()
        .min(1)
        .default(200)
        .describe('at least 183 in production (网络安全法: six months)'),
      coldAfterDays: z.coerce
        .number()
        .int()
        .min(0)
        .default(30)
        .describe(
          'days after which events that came in are compressed more strongly, once, in the background, whatever their unit and kind; 0: never',
        ),
    })
    .prefault({}),
  rules: z
    .strictObject({
      directories: list
        .default([])
        .describe('Sigma rules besides the built-in pack; a placeholders.yml among them holds the lists of "expand"'),
      timeZone: zone.default('Asia/Shanghai').describe('IANA zone in which rules count hours and days'),
    })
    .prefault({}),
  events: z
    .strictObject({
      keepMessage: flag
        .default(false)
        .describe("keep Windows' rendered message in a column too; without, it is read from the original text"),
    })
    .prefault({}),
  detect: z
    .strictObject({
      workers: z.coerce
        .number()
        .int()
        .min(1)
        .max(64)
        .default(1)
        .describe('detection threads; one for each processor beyond the first'),
      hangSeconds: z.coerce
        .number()
        .min(0.1)
        .max(3_600)
        .default(30)
        .describe('a detection thread that stays at one event for longer is ended, and the event set aside'),
      partitions: z.coerce
        .number()
        .int()
        .min(1)
        .max(1024)
        .default(8)
        .describe('over NATS: shares of the groups that correlation rules count; fixed once the streams exist'),
      correlation: z
        .strictObject({
          latenessSeconds: z.coerce
            .number()
            .int()
            .min(0)
            .max(86_400)
            .default(600)
            .describe('how late an event may arrive and still be counted by correlation rules'),
          groupsMax: z.coerce.number().int().min(100).default(200_000).describe('groups kept per correlation rule'),
          entriesMax: z.coerce
            .number()
            .int()
            .min(1_000)
            .default(2_000_000)
            .describe('events kept per correlation rule'),
        })
        .prefault({}),
    })
    .prefault({}),
  session: z
    .strictObject({
      idleMinutes: z.coerce.number().int().min(1).default(30).describe('a session unused for so long ends'),
      absoluteHours: z.coerce.number().int().min(1).default(12).describe('a session ends after so long in any case'),
    })
    .prefault({}),
});

export type Config = Readonly<z.output<typeof ConfigSchema>>;

/** All faults of a configuration at once, one line each. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

const PREFIX = 'TONGAN_';
/** Read by tests and tools, not settings of the platform. */
const NOT_SETTINGS = /^TONGAN_(TEST_|REFERENCE_DATA$|CONFIG$|TOKEN$|URL$|PASSPHRASE$)/;

const variableName = (path: readonly string[]): string =>
  PREFIX + path.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_');

interface Setting {
  readonly path: readonly string[];
  readonly variable: string;
  readonly description: string;
  /** As it would be written in a variable; '' where there is none. */
  readonly standard: string;
}

/** Every setting. Also the source of the reference page. */
export function settings(): Setting[] {
  const found: Setting[] = [];
  const walk = (shape: Record<string, z.ZodType>, standards: object, path: readonly string[]) => {
    for (const [key, type] of Object.entries(shape)) {
      const inner = type instanceof z.ZodPrefault ? type.unwrap() : type;
      const standard: unknown = Reflect.get(standards, key);
      const at = [...path, key];
      if (inner instanceof z.ZodObject) walk(inner.shape, Object(standard), at);
      else {
        const description = type.description ?? '';
        found.push({ path: at, variable: variableName(at), description, standard: String(standard ?? '') });
      }
    }
  };
  walk(ConfigSchema.shape, ConfigSchema.parse({}), []);
  return found;
}

function put(target: Record<string, unknown>, path: readonly string[], value: string): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const existing = target[head];
  const child: Record<string, unknown> = typeof existing === 'object' && existing !== null ? { ...existing } : {};
  target[head] = child;
  put(child, rest, value);
}

/**
 * Builds the configuration from a JSON file and `TONGAN_…` variables, which win.
 * @param overrides settings from the command line, which win over both
 * @throws ConfigError with every fault: unknown keys and variables, wrong types, unlawful combinations
 */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  file: string | undefined = environment.TONGAN_CONFIG,
  overrides: Readonly<Record<string, unknown>> = {},
): Config {
  const faults: string[] = [];
  const raw = readConfigFile(file, faults);
  const known = new Map(settings().map((setting) => [setting.variable, setting.path]));
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || NOT_SETTINGS.test(name) || value === undefined || value === '') continue;
    const path = known.get(name);
    if (path) put(raw, path, value);
    else faults.push(`${name}: no such setting`);
  }
  const result = ConfigSchema.safeParse({ ...raw, ...overrides });
  if (!result.success) {
    for (const issue of result.error.issues) faults.push(`${issue.path.join('.') || '(top)'}: ${issue.message}`);
  } else {
    faults.push(...unlawful(result.data));
    if (faults.length === 0) return Object.freeze(result.data);
  }
  throw new ConfigError(faults);
}

function readConfigFile(file: string | undefined, faults: string[]): Record<string, unknown> {
  if (file === undefined || file === '') return {};
  if (!existsSync(file)) {
    faults.push(`${file}: the file does not exist`);
    return {};
  }
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
    faults.push(`${file}: must hold one JSON object`);
  } catch (cause) {
    faults.push(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return {};
}

/** 网络安全法 art. 23 (as amended 2025): network logs are kept at least six months. */
export const LEGAL_LOG_DAYS_MIN = 183;

const ROLES = ['collect', 'detect', 'work', 'api'];

/** What is in a folder of one process cannot be shared: processes that do a part of the work need servers. */
function unlawfulRoles({ roles, nats, postgres, clickhouse }: Config): string[] {
  const unknown = roles.filter((role) => !ROLES.includes(role));
  const faults = unknown.map((role) => `roles: "${role}" is not one of ${ROLES.join(', ')}`);
  if (roles.length === 0) faults.push(`roles: at least one of ${ROLES.join(', ')}`);
  const missing = [
    ...(nats.servers.length === 0 ? ['nats.servers'] : []),
    ...(postgres.url === undefined ? ['postgres.url'] : []),
    ...(clickhouse.url === undefined ? ['clickhouse.url'] : []),
  ];
  const whole = ROLES.every((role) => roles.includes(role));
  if (!whole && missing.length > 0) {
    faults.push(
      `roles: ${roles.join(', ')} alone share a queue and stores with other processes: set ${missing.join(', ')}`,
    );
  }
  if (nats.servers.length > 0 && (postgres.url === undefined || clickhouse.url === undefined)) {
    faults.push('nats.servers: a queue for many processes needs postgres.url and clickhouse.url as well');
  }
  return faults;
}

function unlawful(config: Config): string[] {
  const faults: string[] = [];
  if (config.environment === 'production' && config.retention.eventDays < LEGAL_LOG_DAYS_MIN) {
    faults.push(
      `retention.eventDays: ${config.retention.eventDays} is under the legal minimum of ${LEGAL_LOG_DAYS_MIN}`,
    );
  }
  faults.push(...unlawfulRoles(config));
  if (config.syslog.tlsPort !== undefined && !(config.syslog.tlsKeyFile && config.syslog.tlsCertFile)) {
    faults.push('syslog.tlsPort: needs syslog.tlsKeyFile and syslog.tlsCertFile');
  }
  return faults;
}

/** The folder of what all processes of an installation must see alike: files of evidence, keys. */
export const sharedDirOf = (config: Config): string => config.sharedDir ?? config.dataDir;

/** Where the command line finds a running platform and how it signs in there: `TONGAN_URL`, `TONGAN_TOKEN`. */
export const clientSettings = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { url: string | undefined; token: string | undefined; passphrase: string | undefined } => ({
  url: environment.TONGAN_URL || undefined,
  passphrase: environment.TONGAN_PASSPHRASE || undefined,
  token: environment.TONGAN_TOKEN || undefined,
});
