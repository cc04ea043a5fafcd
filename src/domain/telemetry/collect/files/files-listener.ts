import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '#platform/config.ts';
import type { Log } from '#platform/log.ts';
import type { Health } from '../../health.ts';
import { type Intake, LINE_BYTES_MAX } from '../../intake.ts';
import type { Registry } from '../../registry.ts';
import type { Acceptor } from '../../source-store.ts';
import { keepPatiently } from '../patience.ts';
import { isAllowed } from './allowed.ts';
import { Follower } from './follower.ts';

export interface FilesParts {
  readonly config: Pick<Config, 'files' | 'dataDir'>;
  readonly intake: Intake;
  readonly registry: Registry;
  readonly health: Health;
  readonly now: () => Date;
  readonly log: Log;
}

/** How often sources that were opened, changed or paused are looked for. */
const LOOK_MS = 2_000;

interface Active {
  readonly sender: string;
  readonly follower: Follower;
  readonly stopping: AbortController;
}

/** Follows the files of all sources of kind `file` that are active, inside the folders the configuration allows. */
export function followFiles(parts: FilesParts): { stop(): Promise<void> } {
  const { roots } = parts.config.files;
  if (roots.length === 0) return { stop: async () => undefined };
  const stopping = new AbortController();
  const active = new Map<string, Active>();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await adjust(parts, active).catch((error: unknown) => parts.log.warn({ err: error }, 'sources of files'));
      await delay(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await Promise.all([...active.values()].map(stopOne));
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

const stopOne = async ({ follower, stopping }: Active): Promise<void> => {
  stopping.abort();
  await follower.stop();
};

async function adjust(parts: FilesParts, active: Map<string, Active>): Promise<void> {
  const wanted = new Map(
    (await parts.registry.ofListener('file'))
      .filter(({ state, sender }) => state === 'active' && isAllowed(sender, parts.config.files.roots))
      .map((source) => [source.id, source]),
  );
  for (const [id, one] of active) {
    if (wanted.get(id)?.sender === one.sender) continue;
    active.delete(id);
    await stopOne(one);
  }
  for (const source of wanted.values()) if (!active.has(source.id)) active.set(source.id, startOne(parts, source));
}

function startOne(parts: FilesParts, source: Acceptor): Active {
  const { config, health, log, now } = parts;
  const stopping = new AbortController();
  const follower = new Follower({
    pattern: source.sender,
    roots: config.files.roots,
    stateFile: join(config.dataDir, 'collect', 'files', `${source.id}.json`),
    lineBytesMax: LINE_BYTES_MAX,
    now,
    log,
    keep: (lines, path) => keepPatiently(parts, source, lines, path, stopping.signal),
    rejected: (reason, lines) => health.rejected(source, reason, lines),
  });
  follower.start();
  return { sender: source.sender, follower, stopping };
}
