import { parseArgs } from 'node:util';
import { everyday } from '#app/demo/background.ts';
import { seededChance } from '#app/demo/random.ts';

const RATES = [1_000, 10_000, 100_000, 1_000_000];
const SAMPLE = 5_000;
const DAY_SECONDS = 86_400;
const CORES_PER_DETECTOR = 4;
const PARTITIONS_MIN = 16;

interface Figures {
  /** Of `npm run bench -- ingest`, row "socket → … → stored". */
  readonly ingestCpuSeconds: number;
  /** Of the same run, row "raw insert". */
  readonly storeCpuSeconds: number;
  readonly events: number;
  readonly eventBytes: number;
  readonly storedBytes: number;
  readonly replicas: number;
  /** Share of a core that is planned to be busy: peaks and merges need the rest. */
  readonly load: number;
  /** Merges write each row some times more; an assumption, not a measurement. */
  readonly merges: number;
  readonly days: number;
}

const averageBytes = (): number => {
  const chance = seededChance(7);
  let bytes = 0;
  for (let index = 0; index < SAMPLE; index += 1) {
    bytes += Buffer.byteLength(everyday(new Date(index * 1000), 1, chance)[0]?.text ?? '');
  }
  return Math.round(bytes / SAMPLE);
};

function planFor(rate: number, f: Figures) {
  const working = (rate * (f.ingestCpuSeconds - f.storeCpuSeconds)) / f.events / f.load;
  const storing = ((rate * f.storeCpuSeconds) / f.events / f.load) * f.replicas * f.merges;
  const detectors = Math.max(1, Math.ceil(working / CORES_PER_DETECTOR));
  const partitions = Math.max(PARTITIONS_MIN, 2 ** Math.ceil(Math.log2(2 * detectors)));
  return {
    rate,
    collectAndDetectCores: Math.ceil(working),
    detectorsOfFourCores: detectors,
    partitions,
    clickhouseCores: Math.ceil(storing),
    queueMbPerSecond: Math.ceil((rate * f.eventBytes * f.replicas) / 1e6),
    queueGbPerHour: Math.ceil((rate * f.eventBytes * 3600) / 1e9),
    storedGbPerDay: Math.ceil((rate * f.storedBytes * DAY_SECONDS) / 1e9),
    storedTbInAll: Math.ceil((rate * f.storedBytes * DAY_SECONDS * f.days * f.replicas) / 1e12),
  };
}

const ROWS: readonly [keyof ReturnType<typeof planFor>, string][] = [
  ['collectAndDetectCores', 'cores for `collect` and `detect` together'],
  ['detectorsOfFourCores', '… as machines of 4 cores, at most'],
  ['partitions', '`queue.partitions`'],
  ['clickhouseCores', 'cores for ClickHouse, all replicas, without searches'],
  ['queueMbPerSecond', 'NATS, MB/s written, all copies'],
  ['queueGbPerHour', 'NATS, GB for each hour to bridge, each copy'],
  ['storedGbPerDay', 'stored, GB a day, each replica'],
  ['storedTbInAll', 'stored, TB in all for the time kept'],
];

/**
 * How many cores and how much disk a rate needs, on paper, from the figures of one run of `npm run bench -- ingest`. The
 * figures scale with processor time: they do not show what a network, a slow disk or a hot partition does.
 */
export async function run(args: readonly string[]): Promise<void> {
  const number = (fallback: number) => ({ type: 'string' as const, default: String(fallback) });
  const { values } = parseArgs({
    args: [...args],
    options: {
      'ingest-cpu-seconds': number(12.0),
      'store-cpu-seconds': number(2.91),
      events: number(100_000),
      'event-bytes': number(averageBytes()),
      'stored-bytes': number(60),
      replicas: number(3),
      load: number(0.5),
      merges: number(2),
      days: number(200),
    },
  });
  const figures: Figures = {
    ingestCpuSeconds: Number(values['ingest-cpu-seconds']),
    storeCpuSeconds: Number(values['store-cpu-seconds']),
    events: Number(values.events),
    eventBytes: Number(values['event-bytes']),
    storedBytes: Number(values['stored-bytes']),
    replicas: Number(values.replicas),
    load: Number(values.load),
    merges: Number(values.merges),
    days: Number(values.days),
  };
  const plans = RATES.map((rate) => planFor(rate, figures));
  const line = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
  line(['events/s', ...plans.map(({ rate }) => rate.toLocaleString('en'))]);
  line(['---', ...plans.map(() => '---:')]);
  for (const [key, name] of ROWS) line([name, ...plans.map((plan) => plan[key].toLocaleString('en'))]);
  process.stdout.write(`${JSON.stringify({ bench: 'sizing', ...figures, plans })}\n`);
}
