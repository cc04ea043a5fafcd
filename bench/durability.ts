import { parseArgs } from 'node:util';
import { killAndCompare } from '../test/support/kills.ts';
import { killWhole, type WholeOutcome } from './durability/whole.ts';

const out = (line: string) => void process.stdout.write(`${line}\n`);

/**
 * Kills a collector (SIGKILL) again and again while senders deliver, and compares what was acknowledged with what is
 * stored. `--kills N`, default 200. With `--whole` it is the whole platform that is killed, with detection and its record, while senders of
 * each acknowledging protocol deliver, and alerts are compared too; each start of it takes some seconds.
 */
export async function run(args: readonly string[]): Promise<void> {
  const options = { kills: { type: 'string', default: '200' }, whole: { type: 'boolean', default: false } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const startedAtMs = performance.now();
  const kills = Number(values.kills);
  const found = values.whole ? await killWhole(kills, 3_000) : await collectorKilled(kills);
  out(`${found.kills} kills in ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
  out(`acknowledged ${found.acknowledged} lines, stored ${found.stored} rows`);
  out(
    `lost ${found.lost}, doubled ${found.doubled}, not in the roll-up ${-found.rollUpDifference}, other faults ${found.faults.length}`,
  );
  for (const fault of found.faults.slice(0, 10)) out(`  ${fault}`);
  out(
    JSON.stringify({
      bench: 'durability',
      what: values.whole ? 'platform' : 'collector',
      ...found,
      lostPlusDoubled: found.lost + found.doubled,
      faults: found.faults.length,
    }),
  );
}

async function collectorKilled(kills: number): Promise<WholeOutcome> {
  const { lost, invented, rolledUp, rows, faults, ...found } = await killAndCompare(kills, 1000);
  return {
    kills: found.kills,
    acknowledged: found.acknowledged,
    stored: rows,
    lost: lost.length,
    doubled: found.doubled,
    rollUpDifference: rolledUp - rows,
    faults: [...faults, ...invented.map((line) => `stored and never sent: "${line}"`)],
  };
}
