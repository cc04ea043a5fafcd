import { mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '#app/server.ts';

export const MARKER_RULE = '10000000-0000-4000-8000-0000000000be';
/** What the rule looks for in a command line. */
export const MARKER = 'tongan-bench-marker';
const HOST = 'bench-marker-';
const MARKERS_EVERY_MS = 150;
const PATIENCE_MS = 60_000;

/** A rule that only our own marked events fulfil. */
export async function writeMarkerRule(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    `${folder}/marker.yml`,
    `title: Bench marker\nid: ${MARKER_RULE}\nstatus: test\nlevel: high\nlogsource:\n  product: windows\n  category: process_creation\n` +
      `detection:\n  marker:\n    CommandLine|contains: '${MARKER}'\n  condition: marker\n`,
  );
}

const markerOf = (number: number): string =>
  JSON.stringify({
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Provider_Name: 'Microsoft-Windows-Sysmon',
    Hostname: `${HOST}${number}`,
    UtcTime: new Date().toISOString().replace('T', ' ').slice(0, 23),
    Image: 'C:\\Windows\\System32\\cmd.exe',
    CommandLine: `cmd.exe /c ${MARKER} ${number}`,
  });

/** Sends marked events while others flow, and measures from the moment of sending to the alert in the record. */
export class AlertTimes {
  readonly ms: number[] = [];
  readonly #app: App;
  readonly #sentAtMs = new Map<string, number>();
  #number = 0;
  #sending = true;

  constructor(app: App) {
    this.#app = app;
  }

  async run(address: string, token: string): Promise<void> {
    const watching = this.#watch();
    while (this.#sending) {
      this.#number += 1;
      this.#sentAtMs.set(`${HOST}${this.#number}`, performance.now());
      await fetch(`${address}/ingest`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: markerOf(this.#number),
      }).then((response) => response.arrayBuffer());
      await delay(MARKERS_EVERY_MS);
    }
    await watching;
  }

  /** No more markers; the ones on their way are waited for. */
  stop(): void {
    this.#sending = false;
  }

  get sent(): number {
    return this.#number;
  }

  async #watch(): Promise<void> {
    let endAtMs = Number.POSITIVE_INFINITY;
    while (performance.now() < endAtMs && (this.#sending || this.#sentAtMs.size > 0)) {
      if (!this.#sending && endAtMs === Number.POSITIVE_INFINITY) endAtMs = performance.now() + PATIENCE_MS;
      const rows = await this.#app.system.read((db) =>
        db.selectFrom('alert').select('entity_value').where('rule_id', '=', MARKER_RULE).execute(),
      );
      for (const { entity_value: host } of rows) {
        const sentAtMs = this.#sentAtMs.get(host);
        if (sentAtMs === undefined) continue;
        this.ms.push(performance.now() - sentAtMs);
        this.#sentAtMs.delete(host);
      }
      await delay(20);
    }
  }
}
