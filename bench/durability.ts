import { parseArgs } from 'node:util';
import { killAndCompare } from '../test/support/kills.ts';

/**
 * Kills a collector (SIGKILL) again and again while senders deliver, and compares what was acknowledged with what is
 * stored. `--kills N`, default 200.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { kills: { type: 'string', default: '200' } } });
  const startedAtMs = performance.now();
  const found = await killAndCompare(Number(values.kills), 1000);
  const out = (line: string) => void process.stdout.write(`${line}\n`);
  const lost = found.lost.length;
  out(`${found.kills} kills in ${Math.round((performance.now() - startedAtMs) / 1000)} s`);
  out(`acknowledged ${found.acknowledged} lines, stored ${found.rows} rows, counted by the roll-up ${found.rolledUp}`);
  out(
    `lost ${lost}, doubled ${found.doubled}, never sent ${found.invented.length}, other faults ${found.faults.length}`,
  );
  for (const fault of found.faults.slice(0, 10)) out(`  ${fault}`);
  out(
    JSON.stringify({
      bench: 'durability',
      kills: found.kills,
      acknowledged: found.acknowledged,
      lost,
      doubled: found.doubled,
      lostPlusDoubled: lost + found.doubled,
      rollUpDifference: found.rolledUp - found.rows,
      faults: found.faults.length,
    }),
  );
}
