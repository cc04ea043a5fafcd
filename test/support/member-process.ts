import { openApp } from '#app/server.ts';
import { loadConfig } from '#platform/config.ts';
import { openLog } from '#platform/log.ts';

const RATE_PER_MINUTE = 1_000_000;

/**
 * Runs `tongan serve` with the settings given as JSON, for a process of its own that a test may kill. Tells the parent
 * `{ address }` when it is ready. Ends when the parent does.
 */
export async function runMember(settings: string): Promise<void> {
  const config = loadConfig({}, undefined, JSON.parse(settings));
  const app = await openApp({ config, log: openLog(config.log.level), ratePerMinute: RATE_PER_MINUTE });
  process.send?.({ address: await app.start() });
  const end = () => {
    void app.stop().finally(() => process.exit(0));
  };
  process.on('disconnect', () => process.exit(0));
  process.on('SIGTERM', end);
}
