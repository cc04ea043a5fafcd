import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadSources, normaliser } from '#domain/telemetry/index.ts';
import { openText } from '#engine/formats/define.ts';

const FOLDER = resolve(import.meta.dirname, '../../content/sources');
const ROUNDS_MS = 40;

/** Microseconds of processor time a line takes. */
interface Speed {
  readonly microsPerLine: Record<string, { readonly parse: number; readonly chooseAndParse: number }>;
  /** Middle of the sources: what a source chosen by content costs, and what it costs when it is named. */
  readonly medianParseMicros: number;
  readonly medianChooseMicros: number;
}

const linesOf = (id: string): string[] =>
  readdirSync(join(FOLDER, id, 'samples'))
    .filter((name) => /\.(?:log|ndjson)$/.test(name))
    .flatMap((name) => readFileSync(join(FOLDER, id, 'samples', name), 'utf8').split('\n'))
    .filter((line) => line !== '');

/** Runs `work` over the lines again and again for a moment; gives microseconds per line of the best of three rounds. */
function microsOf(lines: readonly string[], work: (line: string) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const startedAtMs = performance.now();
    let count = 0;
    while (performance.now() - startedAtMs < ROUNDS_MS) {
      for (const line of lines) work(line);
      count += lines.length;
    }
    best = Math.min(best, ((performance.now() - startedAtMs) * 1000) / count);
  }
  return Number(best.toFixed(2));
}

/** The time every source takes for its own samples: parsed as configured, and chosen by content first. */
export async function speedOf(): Promise<Speed> {
  const sources = await loadSources();
  const normalise = normaliser(sources);
  const receivedAtMs = Date.UTC(2026, 4, 20, 2);
  const context = { receivedAtMs, zone: 'Asia/Shanghai', configured: true };
  const microsPerLine: Speed['microsPerLine'] = {};
  for (const [id, source] of sources) {
    const lines = linesOf(id);
    const parse = microsOf(lines, (text) => source.parse(openText(text, context)));
    const chooseAndParse = microsOf(lines, (text) =>
      normalise({ id: 's-0', text, receivedAtMs, unitPath: '/', sender: '', sourceHint: '' }),
    );
    microsPerLine[id] = { parse, chooseAndParse };
    process.stdout.write(
      `${id.padEnd(28)} ${parse.toFixed(1).padStart(7)} µs named ${chooseAndParse.toFixed(1).padStart(7)} µs by content\n`,
    );
  }
  const middle = (of: (times: { parse: number; chooseAndParse: number }) => number): number =>
    Object.values(microsPerLine)
      .map(of)
      .sort((a, b) => a - b)[Math.floor(sources.size / 2)] ?? 0;
  return {
    microsPerLine,
    medianParseMicros: middle(({ parse }) => parse),
    medianChooseMicros: middle(({ chooseAndParse }) => chooseAndParse),
  };
}
