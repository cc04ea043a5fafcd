import { BlockList } from 'node:net';
import type { AssetIndex } from '#engine/identity/asset-index.ts';
import { NOBODY } from '#engine/identity/ranges.ts';
import { addressOf, unitOf, unitPath } from './region.ts';

const QUESTIONS = 200_000;
const ROUNDS = 5;
/** BlockList looks at its rules one after the other: more than these make its figure smaller still. */
const BLOCKLIST_RANGES = 20_000;
const BLOCKLIST_CHECKS = 2_000;

const perSecond = (count: number, startMs: number): number =>
  Math.round(count / ((performance.now() - startMs) / 1000));

/**
 * Questions as events ask them: half by an address that an asset has, a quarter by one that nothing has, a quarter by a
 * host name with an address.
 *
 * @param load makes the index from the ledger
 */
export async function enrichment(load: () => Promise<AssetIndex>, machines: number) {
  const start = performance.now();
  const index = await load();
  const indexMs = Math.round(performance.now() - start);
  const atMs = Date.now();
  const questions = Array.from({ length: QUESTIONS }, (_, at) => {
    // Spread over the whole ledger, so that the processor's caches do not answer.
    const machine = (at * 7_919) % machines;
    const address = at % 4 === 1 ? `172.16.${at % 256}.${(at >> 8) % 256}` : addressOf(machine);
    return {
      host: at % 4 === 2 ? `host-${machine}` : '',
      address,
      domain: '',
      unitPath: unitPath(unitOf(machine)),
      atMs,
    };
  });
  let found = 0;
  for (const question of questions) if (index.find(question) !== NOBODY) found += 1;
  const asked = performance.now();
  for (let round = 0; round < ROUNDS; round += 1) for (const question of questions) index.find(question);
  const enrichPerSecond = perSecond(QUESTIONS * ROUNDS, asked);
  const list = new BlockList();
  for (let at = 0; at < BLOCKLIST_RANGES; at += 1) list.addSubnet(addressOf(at), 32, 'ipv4');
  const checked = performance.now();
  for (const { address } of questions.slice(0, BLOCKLIST_CHECKS)) list.check(address, 'ipv4');
  const blockListPerSecond = perSecond(BLOCKLIST_CHECKS, checked);
  return {
    indexedAssets: index.size,
    indexMs,
    found,
    enrichPerSecond,
    blockListPerSecond,
    enrichRatio: Math.round(enrichPerSecond / blockListPerSecond),
  };
}
