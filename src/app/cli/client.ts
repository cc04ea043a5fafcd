import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { clientSettings } from '#platform/config.ts';
import type { Io } from './command.ts';
import { PAGE } from './words.ts';

const FAULTS_SHOWN = 20;

const Problem = z.object({
  detail: z.string(),
  reason: z.string().optional(),
  faults: z.array(z.object({ at: z.string(), message: z.string() })).default([]),
});

/** What the platform refused, in its words and with the places it names. */
export class Refused extends Error {
  /** The stable word for why, where the platform gives one. */
  readonly reason: string | undefined;

  constructor(status: number, text: string) {
    super(refusal(status, text));
    this.reason = problemOf(text)?.reason;
  }
}

function problemOf(text: string): z.infer<typeof Problem> | undefined {
  try {
    return Problem.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function refusal(status: number, text: string): string {
  const problem = problemOf(text);
  if (problem === undefined) return `the platform answered ${status}: ${text.slice(0, 200)}`;
  const { detail, faults: all } = problem;
  const faults = all.filter(({ message }) => !detail.endsWith(message));
  return [detail, ...faults.slice(0, FAULTS_SHOWN).map(({ at, message }) => `  ${at} ${message}`)].join('\n');
}

/** Options of every command that talks to a running platform. */
export const PLATFORM_OPTIONS = { token: { type: 'string' }, url: { type: 'string' } } as const;

/** Options of a command that lists things. */
export const LIST_OPTIONS = {
  limit: { type: 'string', default: String(PAGE) },
  format: { type: 'string', default: 'table' },
  ...PLATFORM_OPTIONS,
} as const;

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** A file as the body of an upload, under its own name. */
export async function uploadOf(path: string): Promise<FormData> {
  const form = new FormData();
  form.append('file', new Blob([await readFile(path)]), basename(path));
  return form;
}

/** Writes an answer to a file, and says how large it became. @throws Error naming `--output` when it cannot be written */
export async function saveAnswer(body: NonNullable<Response['body']>, output: string, io: Io): Promise<void> {
  const file = createWriteStream(output);
  try {
    await pipeline(Readable.fromWeb(body), file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`--output: ${output} cannot be written: ${why}`, { cause });
  }
  io.err(`${output}: ${file.bytesWritten} bytes`);
}

/** Calls a running platform in the name of a token. */
export class Client {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url.replace(/\/$/, '');
    this.#token = token;
  }

  /**
   * @param path from `/api` on
   * @param body a form as it is, anything else as JSON
   * @throws Refused when the platform does not do it; Error when it cannot be reached
   */
  async send(method: Method, path: string, body?: FormData | object): Promise<Response> {
    const form = body instanceof FormData;
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(body === undefined || form ? {} : { 'content-type': 'application/json' }),
    };
    const sent = body === undefined ? {} : { body: form ? body : JSON.stringify(body) };
    const response = await fetch(`${this.#url}${path}`, { method, headers, ...sent }).catch((cause: unknown) => {
      throw new Error(`no platform answers at ${this.#url}: is it running? Give its address with --url or TONGAN_URL`, {
        cause,
      });
    });
    if (response.ok) return response;
    throw new Refused(response.status, await response.text());
  }

  /** What `send` brings, as JSON; an empty object where the platform says nothing. */
  async json(method: Method, path: string, body?: FormData | object): Promise<unknown> {
    const text = await (await this.send(method, path, body)).text();
    return text === '' ? {} : JSON.parse(text);
  }
}

/**
 * The client that options and `TONGAN_…` variables ask for.
 *
 * @param wrong what else is wrong with the call, in sentences
 * @returns undefined when anything is, which has been said: exit code 2
 */
export function connect(
  told: { readonly token?: string | undefined; readonly url?: string | undefined },
  permission: string,
  wrong: readonly string[],
  io: Io,
): Client | undefined {
  const settings = clientSettings();
  const token = told.token ?? settings.token;
  for (const sentence of wrong) io.err(sentence);
  if (token === undefined) io.err(`give a token with the permission ${permission}: --token or TONGAN_TOKEN`);
  if (token === undefined || wrong.length > 0) return undefined;
  return new Client(told.url ?? settings.url ?? 'http://127.0.0.1:8420', token);
}

/** Does something with each of what was named; what fails is told and the rest goes on. @returns the exit code */
export async function forEach(names: readonly string[], io: Io, work: (name: string) => Promise<boolean>) {
  let failed = 0;
  for (const name of names) {
    try {
      if (!(await work(name))) failed += 1;
    } catch (cause) {
      failed += 1;
      io.err(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  if (names.length > 1 && failed > 0) io.err(`${failed} of ${names.length} failed`);
  return failed === 0 ? 0 : 1;
}
