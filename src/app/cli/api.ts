import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Client, connect, METHODS, type Method, PLATFORM_OPTIONS, saveAnswer, uploadOf } from './client.ts';
import type { Command, Io } from './command.ts';
import { aligned } from './words.ts';

const OPENAPI = join(import.meta.dirname, '../../../openapi.json');

const Operation = z.object({ summary: z.string().default(''), description: z.string().default('') });
const Described = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) });

/** Every endpoint, as the table of `tongan api list`: method, path, what it does, the permission it asks for. */
async function endpoints(): Promise<string[][]> {
  const { paths } = Described.parse(JSON.parse(await readFile(OPENAPI, 'utf8')));
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, description }]) => [
      method.toUpperCase(),
      path,
      /^Permission: (\S+)/.exec(description)?.[1] ?? '-',
      summary,
    ]),
  );
}

async function list(words: readonly string[], io: Io): Promise<number> {
  const all = await endpoints();
  const wanted = all.filter((row) => words.every((word) => row.join(' ').toLowerCase().includes(word.toLowerCase())));
  for (const line of aligned([['method', 'path', 'permission', 'what it does'], ...wanted])) io.out(line);
  io.err(
    `${wanted.length} of ${all.length} endpoint(s); what each takes and gives: openapi.json, or /api/docs of a platform`,
  );
  return wanted.length === 0 ? 1 : 0;
}

const isMethod = (word: string): word is Method => METHODS.some((method) => method === word);

/** What `--data` stands for: JSON, or a file that holds it (`@FILE`). @throws Error naming what is wrong with it */
async function dataOf(text: string): Promise<object> {
  const json = text.startsWith('@') ? await readFile(text.slice(1), 'utf8') : text;
  try {
    return z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).parse(JSON.parse(json));
  } catch (cause) {
    throw new Error(`--data must be a JSON object or list, or @FILE with one: ${String(cause)}`, { cause });
  }
}

/** Writes an answer: JSON so that a person can read it, anything else as it came. */
async function write(response: Response, output: string | undefined, io: Io): Promise<void> {
  if (output !== undefined && response.body !== null) {
    await saveAnswer(response.body, output, io);
    return;
  }
  const text = await response.text();
  if (text === '') return;
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  io.out(isJson ? JSON.stringify(JSON.parse(text), null, 2) : text.replace(/\r?\n$/, ''));
}

/** The console has no endpoint of its own: whatever it does can be done by this command. */
export const apiCommand: Command = {
  name: 'api',
  summary: "Calls any endpoint of a running platform: whatever the console does, as this token's owner may",
  usage: 'METHOD PATH | list [WORD…]',
  verbs: {
    list: '[WORD…]   the endpoints in whose path, permission or summary all words stand',
    'METHOD PATH':
      '[--data JSON|@FILE] [--file FILE] [--output FILE] [--token TOKEN] [--url URL]   for example POST /api/campaigns --data @campaign.json',
  },
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        file: { type: 'string' },
        output: { type: 'string' },
        ...PLATFORM_OPTIONS,
      },
    });
    const [first = '', path = '', ...more] = positionals;
    if (first === 'list') return list(positionals.slice(1), io);
    const method = first.toUpperCase();
    const wrong = [
      ...(isMethod(method) ? [] : [`the first word must be one of ${METHODS.join(', ')}, or "list"`]),
      ...(/^\/(api|v1|ingest)\b/.test(path)
        ? []
        : ['the second word must be a path, for example /api/assets; "tongan api list" names all']),
      ...(more.length === 0 ? [] : [`"${more[0]}" is one word too many: quote what holds spaces`]),
      ...(values.data !== undefined && values.file !== undefined ? ['--data or --file, not both'] : []),
    ];
    const client = connect(values, 'that the endpoint asks for', wrong, io);
    if (client === undefined || !isMethod(method)) return 2;
    await write(await client.send(method, path, await bodyOf(values)), values.output, io);
    return 0;
  },
};

async function bodyOf({
  data,
  file,
}: {
  data?: string | undefined;
  file?: string | undefined;
}): Promise<Parameters<Client['send']>[2]> {
  if (file !== undefined) return uploadOf(file);
  return data === undefined ? undefined : dataOf(data);
}
