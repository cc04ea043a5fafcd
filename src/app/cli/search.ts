import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { clientSettings } from '#platform/config.ts';
import type { Command, Io } from './command.ts';

const FORMATS = ['table', 'ndjson', 'csv', 'parquet'] as const;
const PAGE = 500;
const CELL_WIDTH_MAX = 40;
const LIMIT = 100;

/** What a file says of an event unless other columns are asked for: what it is about, and its original text. */
const FILE_COLUMNS = [
  ...['source', 'host', 'event_code', 'event_action', 'event_outcome', 'user_name', 'source_ip', 'destination_ip'],
  ...[
    'destination_port',
    'process_command_line',
    'url_path',
    'http_status',
    'asset_name',
    'unit_path',
    'problem',
    'raw',
  ],
];

const Page = z.object({
  items: z.array(z.record(z.string(), z.string())),
  cursor: z.string().nullable(),
  unfinished: z.enum(['time', 'memory']).nullable(),
  looked: z.object({ from: z.string(), to: z.string() }),
});
type Page = z.infer<typeof Page>;

const Problem = z.object({
  detail: z.string().default(''),
  faults: z.array(z.object({ at: z.string(), message: z.string() })).default([]),
});

/** What the journal says at last of an export. */
const Ended = z.object({
  end: z.enum(['complete', 'failed', 'left']),
  /** What was still on its way when the connection ended has not come. */
  sent: z.number(),
  reason: z.string().default(''),
});
const Trail = z.object({ items: z.array(z.object({ data: Ended })) });

const WHY = {
  complete: 'the platform sent all, and the connection ended on the way',
  left: 'the connection ended on the way',
  failed: 'the platform failed with ',
} as const;

interface Asked {
  readonly query: string;
  readonly from: string;
  readonly to: string;
  readonly columns: readonly string[];
}

/** Searches stored events over the API of a running platform, in the language of the console. */
export const searchCommand: Command = {
  name: 'search',
  summary: 'Searches stored events of a running platform, in the query language of the console',
  usage: `QUERY [--from 24h|TIME] [--to TIME] [--columns a,b] [--limit 100] [--format ${FORMATS.join('|')}] [--output FILE] [--token TOKEN] [--url URL]`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        from: { type: 'string', default: '24h' },
        to: { type: 'string', default: 'now' },
        columns: { type: 'string', default: '' },
        limit: { type: 'string' },
        format: { type: 'string', default: 'table' },
        output: { type: 'string' },
        token: { type: 'string' },
        url: { type: 'string' },
      },
    });
    const settings = clientSettings();
    const token = values.token ?? settings.token;
    const format = FORMATS.find((one) => one === values.format);
    const limit = Number(values.limit ?? LIMIT);
    const now = new Date();
    const [from, to] = [timeOf(values.from, now), timeOf(values.to, now)];
    const wrong = [
      ...(token === undefined ? ['give a token with the permission event.search: --token or TONGAN_TOKEN'] : []),
      ...(format === undefined ? [`--format must be one of ${FORMATS.join(', ')}`] : []),
      ...(Number.isInteger(limit) && limit > 0 ? [] : ['--limit must be a number above 0']),
      ...(values.limit !== undefined && format !== undefined && format !== 'table'
        ? ['--limit is for the table: a file holds everything found, oldest first, up to 200,000 events']
        : []),
      ...(from && to ? [] : ['--from and --to: 30m, 24h, 7d (ago), now, or a time such as 2026-11-25T08:00:00+08:00']),
    ];
    for (const sentence of wrong) io.err(sentence);
    if (token === undefined || format === undefined || from === undefined || to === undefined || wrong.length > 0)
      return 2;
    const columns = values.columns
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const asked = { query: positionals.join(' '), from: from.toISOString(), to: to.toISOString(), columns };
    const api = new Api(values.url ?? settings.url ?? 'http://127.0.0.1:8420', token);
    if (format === 'table') return showTable(api, asked, limit, io);
    return save(api, columns.length > 0 ? asked : { ...asked, columns: FILE_COLUMNS }, format, values.output, io);
  },
};

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `24h` is that long ago. @returns undefined for what is no time */
function timeOf(text: string, now: Date): Date | undefined {
  if (text === 'now') return now;
  const ago = /^(\d{1,4})([mhd])$/.exec(text);
  const unit = ago?.[2];
  if (ago && (unit === 'm' || unit === 'h' || unit === 'd'))
    return new Date(now.getTime() - Number(ago[1]) * UNITS_MS[unit]);
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** What the platform refused, with the place in the query. */
class Refused extends Error {}

class Api {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url.replace(/\/$/, '');
    this.#token = token;
  }

  /** @throws Refused with what the platform says, and where in the query */
  async post(path: string, body: object, query: string): Promise<Response> {
    const response = await fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.ok) return response;
    throw new Refused(refusal(response.status, await response.text(), query));
  }

  /** How the journal says that an export ended; undefined when it cannot be asked, or does not say. */
  async endOf(id: string): Promise<z.infer<typeof Ended> | undefined> {
    const headers = { authorization: `Bearer ${this.#token}` };
    const url = `${this.#url}/api/journal/object/export/${encodeURIComponent(id)}?pageSize=1`;
    const text = await fetch(url, { headers }).then(
      (response) => response.text(),
      () => '',
    );
    return Trail.safeParse(parsedOf(text)).data?.items[0]?.data;
  }
}

function refusal(status: number, text: string, query: string): string {
  const parsed = Problem.safeParse(parsedOf(text));
  if (!parsed.success) return `the platform answered ${status}: ${text.slice(0, 200)}`;
  const { detail, faults } = parsed.data;
  const at = /^\/query:(\d+)$/.exec(faults[0]?.at ?? '')?.[1];
  // A wide character takes two places on a terminal.
  const before = Array.from(query).slice(0, Number(at ?? 1) - 1);
  const width = before.reduce((sum, char) => sum + (/[\u1100-\uffdc]/u.test(char) ? 2 : 1), 0);
  return at === undefined ? detail : `${query}\n${' '.repeat(width)}^ ${detail}`;
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function showTable(api: Api, asked: Asked, limit: number, io: Io): Promise<number> {
  const lines: Page['items'] = [];
  let cursor: string | null = null;
  let page: Page | undefined;
  do {
    const body = { ...asked, limit: Math.min(PAGE, limit - lines.length), ...(cursor === null ? {} : { cursor }) };
    page = Page.parse(await (await api.post('/api/events/search', body, asked.query)).json());
    lines.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null && page.unfinished === null && lines.length < limit);
  table(lines, asked.columns, io);
  if (page.unfinished !== null) {
    io.err(
      `${page.unfinished} limit reached: events before ${page.looked.from} were not looked at; choose a shorter range`,
    );
  } else if (cursor !== null) io.err(`the newest ${lines.length}; there are more (--limit)`);
  else io.err(`${lines.length} event(s)`);
  return 0;
}

function table(lines: Page['items'], chosen: readonly string[], io: Io): void {
  const [first] = lines;
  if (first === undefined) return;
  const names =
    chosen.length > 0
      ? chosen
      : Object.keys(first).filter((name) => name !== 'event_id' && name !== 'time' && name !== 'text');
  const used = ['time', ...names.filter((name) => lines.some((line) => (line[name] ?? '') !== '')), 'text'];
  const cell = (line: Record<string, string>, name: string) =>
    (line[name] ?? '').replace(/\s+/g, ' ').slice(0, name === 'text' ? 200 : CELL_WIDTH_MAX);
  const width = new Map(
    used.map((name) => [name, Math.max(name.length, ...lines.map((line) => cell(line, name).length))]),
  );
  const row = (of: (name: string) => string) =>
    used.map((name) => of(name).padEnd(name === 'text' ? 0 : (width.get(name) ?? 0))).join('  ');
  io.out(row((name) => name));
  for (const line of lines) io.out(row((name) => cell(line, name)));
}

/** Streams an export to a file or to the output. Ending this process ends the search in the store. */
async function save(api: Api, asked: Asked, format: string, output: string | undefined, io: Io): Promise<number> {
  const response = await api.post('/api/events/export', { ...asked, format }, asked.query);
  const target = output === undefined ? process.stdout : createWriteStream(output);
  await pipeline(received(api, response), target, { end: output !== undefined });
  io.err(`${response.headers.get('x-tongan-events') ?? '?'} event(s)`);
  const leftOut = Number(response.headers.get('x-tongan-left-out') ?? 0);
  if (leftOut > 0) io.err(`${leftOut} later event(s) were left out: export shorter spans one by one`);
  return 0;
}

/** @throws Error that says how much is missing, and why, when the answer breaks off */
async function* received(api: Api, { body, headers }: Response): AsyncGenerator<Uint8Array> {
  if (body === null) throw new Error('the platform answered without content');
  try {
    yield* Readable.fromWeb(body);
  } catch (cause) {
    const events = headers.get('x-tongan-events') ?? '?';
    const end = await api.endOf(headers.get('x-tongan-export') ?? '');
    const why =
      end === undefined
        ? `the connection ended before all of ${events} event(s) had come; request ${headers.get('x-request-id')} in the log of the platform`
        : `at most ${end.sent} of ${events} event(s) came: ${WHY[end.end]}${end.reason}`;
    throw new Error(`the export is incomplete: ${why}`, { cause });
  }
}
