import { z } from 'zod';

/** Query part of every list: `page` from 1, `pageSize` at most 200. */
export const Paging = z.object({
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(200).default(50),
});

/** `{ items, total }`: the answer of every list. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), total: z.number().int().describe('Rows in all pages') });

export const offsetOf = (paging: { page: number; pageSize: number }): number => (paging.page - 1) * paging.pageSize;
