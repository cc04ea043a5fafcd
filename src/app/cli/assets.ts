import { ASSET_FILTERS, OBSERVATION_FILTERS } from '#domain/ledger/index.ts';
import { identityOfAsset, observeAssets, whoseAsset } from './assets-ask.ts';
import { importAssets } from './assets-import.ts';
import { diffAssets, listGaps, listOnDay, showAsset } from './assets-read.ts';
import type { Command, Io } from './command.ts';
import { exporting } from './exporting.ts';

interface Verb {
  readonly run: (args: readonly string[], io: Io) => Promise<number>;
  readonly usage: string;
}

const EXPORT_USAGE = '[--q TEXT] [--filter KEY=VALUE]… [--format xlsx|csv|ndjson] [--output FILE]';

const VERBS: Readonly<Record<string, Verb>> = {
  import: {
    run: importAssets,
    usage: 'FILE… [--unit PATH] [--profile NAME] [--column HEADING=MEANING]… [--remember NAME] [--dry-run] [--strict]',
  },
  export: {
    run: exporting({
      path: '/api/assets/export',
      permission: 'asset.read',
      filters: ASSET_FILTERS,
      example: 'class=host',
    }),
    usage: EXPORT_USAGE,
  },
  observations: {
    run: exporting({
      path: '/api/assets/observations/export',
      permission: 'asset.read',
      filters: OBSERVATION_FILTERS,
      example: 'state=unresolved',
    }),
    usage: EXPORT_USAGE,
  },
  show: { run: showAsset, usage: 'ID [--at DAY] [--format table|ndjson]' },
  on: { run: listOnDay, usage: 'DAY [--unit PATH] [--limit 200] [--format table|ndjson]' },
  diff: {
    run: diffAssets,
    usage: '[ID|UNITPATH] --from DAY --to DAY [--limit 200] [--format table|ndjson]',
  },
  gaps: { run: listGaps, usage: '[GAP] [--unit PATH] [--limit 200] [--format table|ndjson]' },
  whose: { run: whoseAsset, usage: 'ADDRESS|HOST|DOMAIN… [--at TIME] [--unit PATH]' },
  identity: { run: identityOfAsset, usage: 'ID…' },
  observe: { run: observeAssets, usage: 'FILE… [--instance NAME] [--unit PATH]' },
};

/** Works with the ledger of a running platform, over the endpoints of the console. */
export const assetsCommand: Command = {
  name: 'assets',
  summary:
    'The ledger of a running platform: sheets in and out, assets as of a day, what changed, what is missing, whose something was',
  usage: `${Object.keys(VERBS).join('|')} … [--token TOKEN] [--url URL]`,
  verbs: Object.fromEntries(Object.entries(VERBS).map(([verb, { usage }]) => [verb, usage])),
  async run([verb = '', ...args], io) {
    const chosen = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (chosen === undefined) {
      io.err(verb === '' ? 'say what to do:' : `"${verb}" is nothing that tongan assets does; it does`);
      for (const [name, { usage }] of Object.entries(VERBS)) io.err(`  tongan assets ${name} ${usage}`);
      return 2;
    }
    try {
      return await chosen.run(args, io);
    } catch (cause) {
      const wrongCall = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('ERR_PARSE_ARGS');
      io.err(cause instanceof Error ? cause.message : String(cause));
      if (wrongCall) io.err(`  tongan assets ${verb} ${chosen.usage}`);
      return wrongCall ? 2 : 1;
    }
  },
};
