import { z } from 'zod';
import type { Client } from './client.ts';
import type { Command, Io } from './command.ts';
import { exporting } from './exporting.ts';
import { listing } from './listing.ts';
import { aligned } from './words.ts';

const Campaign = z.looseObject({
  id: z.string(),
  title: z.string(),
  state: z.string(),
  gap: z.string(),
  dueOn: z.string(),
  progress: z.object({
    units: z.number(),
    unitsDone: z.number(),
    assets: z.number(),
    confirmed: z.number(),
    rejected: z.number(),
  }),
});
const WithUnits = Campaign.extend({
  unitsAsked: z.array(
    z.looseObject({
      unit: z.object({ path: z.string(), name: z.string() }),
      state: z.string(),
      assets: z.number(),
      confirmed: z.number(),
      rejected: z.number(),
      reminders: z.number(),
    }),
  ),
});

async function show(client: Client, id: string, format: 'table' | 'ndjson', io: Io): Promise<void> {
  const campaign = WithUnits.parse(await client.json('GET', `/api/campaigns/${id}`));
  if (format === 'ndjson') {
    io.out(JSON.stringify(campaign));
    return;
  }
  const { title, state, dueOn, progress } = campaign;
  io.out(`${title}: ${state}, due on ${dueOn}`);
  io.out(
    `  ${progress.unitsDone} of ${progress.units} unit(s) done; of ${progress.assets} asset(s) ` +
      `${progress.confirmed} confirmed, ${progress.rejected} rejected`,
  );
  const rows = campaign.unitsAsked.map((one) => [
    one.unit.name || one.unit.path,
    one.state,
    ...[one.assets, one.confirmed, one.rejected, one.reminders].map(String),
  ]);
  for (const line of aligned([['unit', 'state', 'assets', 'confirmed', 'rejected', 'reminders'], ...rows]))
    io.out(line);
}

const list = listing({
  name: 'campaigns',
  path: '/api/campaigns',
  permission: 'campaign.read',
  item: Campaign,
  headings: ['id', 'state', 'due', 'units done', 'assets answered', 'gap', 'title'],
  row: ({ id, state, dueOn, progress, gap, title }) => [
    id,
    state,
    dueOn,
    `${progress.unitsDone}/${progress.units}`,
    `${progress.confirmed + progress.rejected}/${progress.assets}`,
    gap || '-',
    title,
  ],
  show,
});

/** `tongan campaigns export`: who was asked, and how far they are. */
const exportUnits = exporting({
  path: '/api/campaigns/export',
  permission: 'campaign.read',
  filters: [],
  example: '',
  only: 'campaign',
});

/** Confirmations of ledgers that the centre asked units for. */
export const campaignsCommand: Command = {
  name: 'campaigns',
  summary: 'Confirmations of ledgers that the centre asked units for, with their progress',
  usage:
    'list | show ID  [--limit 200] [--format table|ndjson] | export [ID] [--format xlsx|csv|ndjson] [--output FILE]  [--token TOKEN] [--url URL]',
  run: (args, io) => (args[0] === 'export' ? exportUnits(args.slice(1), io) : list(args, io)),
};
