import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { clientSettings } from '#platform/config.ts';
import type { Command, Io } from './command.ts';

const Made = z.object({ id: z.uuid() });
const Shown = z.object({
  tool: z.string(),
  format: z.string(),
  state: z.string(),
  partial: z.boolean(),
  counts: z.object({
    targets: z.number(),
    inLedger: z.number(),
    create: z.number(),
    update: z.number(),
    same: z.number(),
    reopen: z.number(),
    close: z.number(),
    kept: z.number(),
    problems: z.number(),
  }),
  problems: z.array(z.object({ row: z.number(), reason: z.string(), detail: z.string() })),
});
type Shown = z.infer<typeof Shown>;

const PROBLEMS_SHOWN = 20;
const POLL_MS = 500;

/** Imports reports of scanners into a running platform, over the endpoints of the console. */
export const scanCommand: Command = {
  name: 'scan',
  summary: 'Imports vulnerability reports of scanners (recognised by content) into a running platform',
  usage: 'import FILE… [--dry-run] [--complete] [--strict] [--unit PATH] [--asset ID] [--token TOKEN] [--url URL]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'dry-run': { type: 'boolean', default: false },
        complete: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        unit: { type: 'string' },
        asset: { type: 'string' },
        token: { type: 'string' },
        url: { type: 'string' },
      },
    });
    const [verb, ...files] = positionals;
    const settings = clientSettings();
    const token = values.token ?? settings.token;
    const wrong = [
      ...(verb === 'import' ? [] : ['say what to do: tongan scan import FILE…']),
      ...(files.length > 0 ? [] : ['tongan scan import needs at least one file']),
      ...files.filter((path) => !existsSync(path)).map((path) => `${path} does not exist`),
      ...(token === undefined
        ? ['give a token with the permission vulnerability.import: --token or TONGAN_TOKEN']
        : []),
    ];
    for (const sentence of wrong) io.err(sentence);
    if (token === undefined || wrong.length > 0) return 2;
    const query = new URLSearchParams({ complete: String(values.complete), strict: String(values.strict) });
    if (values.unit !== undefined) query.set('unitPath', values.unit);
    if (values.asset !== undefined) query.set('assetId', values.asset);
    const api = new Api((values.url ?? settings.url ?? 'http://127.0.0.1:8420').replace(/\/$/, ''), token);
    let failed = 0;
    for (const path of files) {
      try {
        await importOne(api, path, query, values['dry-run'], io);
      } catch (cause) {
        failed += 1;
        io.err(`${basename(path)}: ${cause instanceof Error ? cause.message : String(cause)}`);
      }
    }
    return failed === 0 ? 0 : 1;
  },
};

class Api {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** @throws Error with what the platform says */
  async call(method: 'GET' | 'POST', path: string, body?: FormData): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/vulnerabilities/imports${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}` },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    if (response.ok) return text === '' ? {} : JSON.parse(text);
    throw new Error(refusal(response.status, text));
  }
}

const Problem = z.object({
  detail: z.string(),
  faults: z.array(z.object({ at: z.string(), message: z.string() })).default([]),
});

function refusal(status: number, text: string): string {
  try {
    const { detail, faults } = Problem.parse(JSON.parse(text));
    return [detail, ...faults.slice(0, PROBLEMS_SHOWN).map(({ at, message }) => `  ${at} ${message}`)].join('\n');
  } catch {
    return `the platform answered ${status}: ${text.slice(0, 200)}`;
  }
}

async function importOne(api: Api, path: string, query: URLSearchParams, dryRun: boolean, io: Io): Promise<void> {
  const form = new FormData();
  form.append('file', new Blob([await readFile(path)]), basename(path));
  const { id } = Made.parse(await api.call('POST', `?${query}`, form));
  const preview = Shown.parse(await api.call('GET', `/${id}`));
  tell(basename(path), preview, io);
  if (dryRun) {
    await api.call('POST', `/${id}/discard`);
    return;
  }
  await api.call('POST', `/${id}/apply`);
  for (let { state } = preview; state !== 'applied'; state = Shown.parse(await api.call('GET', `/${id}`)).state)
    await delay(POLL_MS);
}

function tell(name: string, { tool, format, partial, counts, problems }: Shown, io: Io): void {
  const { create, update, same, reopen, close, kept, targets, inLedger } = counts;
  io.out(`${name}: ${tool} (${format}), ${targets} target(s), ${inLedger} in the ledger`);
  io.out(
    `  new ${create}, changed ${update}, same ${same}, reopened ${reopen}, closed ${close}, absent but kept ${kept}`,
  );
  if (partial)
    io.out('  the file does not prove that it is complete: what it lacks stays open (--complete says it is)');
  for (const { row, reason, detail } of problems.slice(0, PROBLEMS_SHOWN))
    io.err(`  record ${row}: ${reason} ${detail}`);
  if (counts.problems > PROBLEMS_SHOWN) io.err(`  ${counts.problems} records could not be read`);
}
