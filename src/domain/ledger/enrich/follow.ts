import { sql } from 'kysely';
import type { AssetIndexParts } from '#engine/identity/asset-index.ts';
import type { Ctx } from '#platform/context.ts';
import { loadAssetIndex } from './load.ts';

const LOOK_EVERY_MS = 2_000;
/** Reading takes no more than this part of the time. */
const SHARE = 1 / 20;
/** Sightings alone are followed this slowly: they go on all the time. */
const STAYS_EVERY_MS = 600_000;
/** A change is counted before it is committed: what took longer than the reading is read after this time. */
const AGAIN_MS = 300_000;

interface Revision {
  readonly assets: string;
  readonly stays: string;
}

async function revisionOf(system: Ctx): Promise<Revision> {
  const { rows } = await system.read((db) =>
    sql<Revision>`SELECT (SELECT last_value::text FROM asset_revision) AS assets,
      (SELECT last_value::text FROM asset_stay_revision) AS stays`.execute(db),
  );
  return rows[0] ?? { assets: '', stays: '' };
}

/** Reads the ledger into memory again when it changed, in the background and bounded. */
class AssetFollower {
  readonly #system: Ctx;
  readonly #told: (parts: AssetIndexParts) => void;
  #seen: Revision = { assets: '', stays: '' };
  #loadedAtMs = 0;
  #tookMs = 0;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(system: Ctx, told: (parts: AssetIndexParts) => void) {
    this.#system = system;
    this.#told = told;
  }

  async load(): Promise<void> {
    const startMs = performance.now();
    const seen = await revisionOf(this.#system);
    const index = await loadAssetIndex(this.#system);
    this.#again = seen.assets !== this.#seen.assets;
    this.#seen = seen;
    this.#loadedAtMs = performance.now();
    this.#tookMs = this.#loadedAtMs - startMs;
    this.#told(index.parts);
    this.#system.log.debug({ assets: index.size, tookMs: Math.round(this.#tookMs) }, 'the ledger is in memory');
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#look().then(() => this.start());
    }, LOOK_EVERY_MS).unref();
  }

  async #look(): Promise<void> {
    const sinceMs = performance.now() - this.#loadedAtMs;
    if (sinceMs < this.#tookMs / SHARE) return;
    try {
      const now = await revisionOf(this.#system);
      const changed = now.assets !== this.#seen.assets || (this.#again && sinceMs > AGAIN_MS);
      const moved = now.stays !== this.#seen.stays && sinceMs > STAYS_EVERY_MS;
      if (changed || moved) await this.load();
    } catch (error) {
      this.#system.log.warn(
        { err: error },
        'the ledger could not be read for events; the last state of it stays in use',
      );
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    clearTimeout(this.#timer);
  }
}

/**
 * Keeps the ledger in memory for events: gives it once before it returns, and anew seconds after changes, as
 * far as reading it leaves enough time between.
 *
 * @param system the platform's own context
 * @param told takes the index's arrays, which threads may share
 * @throws when the ledger cannot be read at the start
 */
export async function followAssets(
  system: Ctx,
  told: (parts: AssetIndexParts) => void,
): Promise<{ stop(): Promise<void> }> {
  const follower = new AssetFollower(system, told);
  await follower.load();
  follower.start();
  return follower;
}
