import { BlockList } from 'node:net';
import type { AssetIndex } from '#engine/identity/asset-index.ts';
import { NOBODY } from '#engine/identity/ranges.ts';
import { stockOf } from './region.ts';

const QUESTIONS = 200_000;
const ROUNDS = 5;
/** Addresses that BlockList is given: it only tells whether it has one, and takes long to be filled. */
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
    const stock = stockOf(1 + ((at * 7_919) % machines));
    const address = at % 4 === 1 ? `172.16.${at % 256}.${(at >> 8) % 256}` : stock.address;
    return { host: at % 4 === 2 ? `host-${at}` : '', address, domain: '', unitPath: stock.unitPath, atMs };
  });
  let found = 0;
  for (const question of questions) if (index.find(question) !== NOBODY) found += 1;
  const asked = performance.now();
  for (let round = 0; round < ROUNDS; round += 1) for (const question of questions) index.find(question);
  const enrichPerSecond = perSecond(QUESTIONS * ROUNDS, asked);
  const list = new BlockList();
  for (const { address } of questions.slice(0, BLOCKLIST_RANGES)) list.addSubnet(address, 32, 'ipv4');
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
