import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readers } from './detector.ts';

export interface Rsigma {
  readonly perSecond: number;
  readonly matches: number;
}

/** The program's own shortcuts: a plain run, and with its automaton over all rules. */
const WAYS = [[], ['--cross-rule-ac']];

/** Processor time of a run in seconds, and how many matches it wrote; undefined when the program refuses the options. */
function runOnce(
  rules: string,
  events: string,
  options: readonly string[],
): { seconds: number; matches: number } | undefined {
  const command = `TIMEFORMAT='cpu %U %S'; time rsigma --quiet --output-format ndjson engine eval -r "$1" -e "@$2" --logsource-routing "\${@:3}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', command, 'bash', rules, events, ...options], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const times = /cpu ([\d.]+) ([\d.]+)/.exec(stderr ?? '');
  if (!times || /error:/.test(stderr)) return undefined;
  return {
    seconds: Number(times[1]) + Number(times[2]),
    matches: stdout.split('\n').filter((line) => line.startsWith('{')).length,
  };
}

/**
 * How fast rsigma, where it is installed, asks the same rules of the same events. It gets them normalised, one flat object a line
 * with the log source beside the fields, so that both look for the same; its time to load the rules is taken off, and the better
 * of its ways counts.
 */
export function measureRsigma(rules: string, lines: readonly Buffer[], { normalise }: Readers): Rsigma | undefined {
  if (spawnSync('rsigma', ['--version']).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'tongan-rsigma-'));
  try {
    const texts = lines.map((line) => {
      const event = normalise({
        id: '',
        text: line.toString('utf8'),
        receivedAtMs: 0,
        unitPath: '/',
        sourceHint: '',
        sender: '',
      });
      const { product, category, service } = event.logsource;
      const source = Object.fromEntries(
        Object.entries({ product, category, service }).filter(([, value]) => value !== ''),
      );
      return JSON.stringify({ ...event.fields, ...source });
    });
    const [many, one] = [join(folder, 'events.ndjson'), join(folder, 'one.ndjson')];
    writeFileSync(many, `${texts.join('\n')}\n`);
    writeFileSync(one, `${texts[0] ?? '{}'}\n`);
    const rates = WAYS.flatMap((options): Rsigma[] => {
      const load = runOnce(rules, one, options);
      const whole = runOnce(rules, many, options);
      if (!load || !whole) return [];
      return [
        { perSecond: Math.round(lines.length / Math.max(0.001, whole.seconds - load.seconds)), matches: whole.matches },
      ];
    });
    return rates.sort((a, b) => b.perSecond - a.perSecond)[0];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
