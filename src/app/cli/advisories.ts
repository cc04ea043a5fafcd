import { z } from 'zod';
import type { Command } from './command.ts';
import { listing } from './listing.ts';

const Advisory = z.looseObject({
  id: z.string(),
  title: z.string(),
  ids: z.array(z.string()),
  grade: z.string(),
  state: z.string(),
  answered: z.number(),
  counts: z.looseObject({ affected: z.number(), unknown: z.number(), asked: z.number() }),
});

/** Advisories about products, and how they compare to what is installed. */
export const advisoriesCommand: Command = {
  name: 'advisories',
  summary: 'Advisories about products, the newest first, with how they compare to what is installed',
  usage: 'list [--limit 200] [--format table|ndjson] [--token TOKEN] [--url URL]',
  run: listing({
    name: 'advisories',
    path: '/api/vulnerabilities/advisories',
    permission: 'vulnerability.read',
    item: Advisory,
    headings: ['id', 'state', 'grade', 'affected', 'cannot tell', 'units answered', 'numbers', 'title'],
    row: ({ id, state, grade, counts, answered, ids, title }) => [
      id,
      state,
      grade,
      String(counts.affected),
      String(counts.unknown),
      `${answered}/${counts.asked}`,
      ids.slice(0, 3).join(' ') || '-',
      title,
    ],
  }),
};
