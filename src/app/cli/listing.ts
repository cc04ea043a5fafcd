import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Client, connect, LIST_OPTIONS } from './client.ts';
import type { Io } from './command.ts';
import { aligned, formatOf, ID, limitOf, PAGE } from './words.ts';

const Page = z.object({ items: z.array(z.unknown()), total: z.number() });

/** A list of the platform, newest first, and how each of its items is told. */
interface Listing<Item> {
  /** The name of the command, for sentences about it. */
  readonly name: string;
  readonly path: string;
  readonly permission: string;
  readonly item: z.ZodType<Item>;
  readonly headings: readonly string[];
  readonly row: (item: Item) => readonly string[];
  /** Tells one of them, where the command has `show`. */
  readonly show?: (client: Client, id: string, format: 'table' | 'ndjson', io: Io) => Promise<void>;
}

/** What runs `tongan NAME list` and `tongan NAME show ID`. */
export const listing =
  <Item>({ name, path, permission, item, headings, row, show }: Listing<Item>) =>
  async (args: readonly string[], io: Io): Promise<number> => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...LIST_OPTIONS,
      },
    });
    const [verb, id = '', ...more] = positionals;
    const { format, wrong } = formatOf(values.format);
    const { limit, wrong: wrongLimit } = limitOf(values.limit);
    const showing = verb === 'show' && show !== undefined && ID.test(id) && more.length === 0;
    const right = showing || (verb === 'list' && positionals.length === 1);
    const said = right ? [] : [`say what to do: tongan ${name} list${show ? ` | tongan ${name} show ID` : ''}`];
    const client = connect(values, permission, [...said, ...wrong, ...wrongLimit], io);
    if (client === undefined) return 2;
    if (showing) {
      await show(client, id, format, io);
      return 0;
    }
    const items: Item[] = [];
    let total = 0;
    for (let page = 1; items.length < limit; page += 1) {
      const found = Page.parse(await client.json('GET', `${path}?page=${page}&pageSize=${PAGE}`));
      total = found.total;
      items.push(...found.items.slice(0, limit - items.length).map((one) => item.parse(one)));
      if (found.items.length < PAGE) break;
    }
    if (format === 'ndjson') for (const one of items) io.out(JSON.stringify(one));
    else if (items.length > 0) for (const line of aligned([headings, ...items.map(row)])) io.out(line);
    io.err(items.length < total ? `the newest ${items.length} of ${total} (--limit)` : `${total} in all`);
    return 0;
  };
