import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MARKER, writeMarkerRule } from '../ingest/alerts.ts';
import { type Kept, type Ready, runPlatform } from './platform.ts';

/** The same file is the platform, when a process is started so. */
const PLATFORM = 'platform';
const LINES_MAX = 60;
/** A sender that is answered with an error, or not at all, tries the next delivery after this. */
const PAUSE_MS = 20;

interface Protocol {
  readonly path: string;
  readonly type: string;
  readonly scheme: string;
  body(lines: readonly string[]): string;
  /** True when all lines were taken. */
  isTaken(status: number, answer: string): boolean;
}

const ok = (status: number): boolean => status === 200;

/** Each protocol that tells its sender what was taken. */
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  ingest: {
    path: '/ingest',
    type: 'application/x-ndjson',
    scheme: 'Bearer',
    body: (lines) => lines.join('\n'),
    isTaken: ok,
  },
  bulk: {
    path: '/elastic/_bulk',
    type: 'application/x-ndjson',
    scheme: 'Bearer',
    body: (lines) => lines.map((line) => `{"create":{}}\n${line}\n`).join(''),
    isTaken: (status, answer) => ok(status) && answer.includes('"errors":false'),
  },
  otlp: {
    path: '/v1/logs',
    type: 'application/json',
    scheme: 'Bearer',
    body: (lines) => {
      const logRecords = lines.map((line) => ({ body: { stringValue: line } }));
      return JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
    },
    isTaken: (status, answer) => ok(status) && !answer.includes('rejectedLogRecords'),
  },
  hec: {
    path: '/services/collector/event',
    type: 'application/json',
    scheme: 'Splunk',
    body: (lines) => lines.map((event) => JSON.stringify({ event })).join('\n'),
    isTaken: ok,
  },
};

/** A process creation; every delivery's first one is what the marker rule looks for. */
function lineOf(name: string, marked: boolean): string {
  return JSON.stringify({
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Provider_Name: 'Microsoft-Windows-Sysmon',
    Hostname: name,
    UtcTime: new Date().toISOString().replace('T', ' ').slice(0, 23),
    Image: 'C:\\Windows\\System32\\cmd.exe',
    CommandLine: marked ? `cmd.exe /c ${MARKER}` : 'cmd.exe /c dir',
  });
}

/** Names of lines that were sent, and of those that were acknowledged. */
class Senders {
  readonly sent = new Set<string>();
  readonly acknowledged = new Set<string>();
  readonly #numbers = new Map<string, number>();

  /** All protocols deliver until the signal says that the platform is dead. */
  async run({ address, token }: Ready, signal: AbortSignal): Promise<void> {
    await Promise.all(
      Object.entries(PROTOCOLS).map(async ([name, protocol]) => {
        while (!signal.aborted)
          if (!(await this.#deliver(name, protocol, { address, token }, signal))) await delay(PAUSE_MS);
      }),
    );
  }

  async #deliver(name: string, protocol: Protocol, { address, token }: Ready, signal: AbortSignal): Promise<boolean> {
    const number = (this.#numbers.get(name) ?? 0) + 1;
    this.#numbers.set(name, number);
    const names = Array.from({ length: 1 + ((number * 7919) % LINES_MAX) }, (_, at) => `kill-${name}-${number}-${at}`);
    for (const each of names) this.sent.add(each);
    try {
      const answer = await fetch(`${address}${protocol.path}`, {
        method: 'POST',
        headers: { authorization: `${protocol.scheme} ${token}`, 'content-type': protocol.type },
        body: protocol.body(names.map((each, at) => lineOf(each, at === 0))),
        signal,
      });
      if (!protocol.isTaken(answer.status, await answer.text())) return false;
    } catch {
      // Killed before it answered: nobody knows whether these were taken.
      return false;
    }
    for (const each of names) this.acknowledged.add(each);
    return true;
  }
}

async function started(folder: string, first: boolean): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = fork(import.meta.filename, [PLATFORM, folder, String(first)]);
  const [ready] = await once(child, 'message');
  return { child, ready };
}

export interface WholeOutcome {
  readonly kills: number;
  readonly acknowledged: number;
  readonly stored: number;
  readonly lost: number;
  readonly doubled: number;
  readonly rollUpDifference: number;
  /** What is wrong besides, each in a sentence. */
  readonly faults: readonly string[];
}

/**
 * Starts the whole platform, lets senders of each acknowledging protocol deliver, kills it (SIGKILL) `kills` times up to `msMax` ms
 * after it listens, then compares events, roll-up and alerts with what was acknowledged.
 */
export async function killWhole(kills: number, msMax: number): Promise<WholeOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'tongan-kill-'));
  const senders = new Senders();
  let token = '';
  try {
    await writeMarkerRule(join(folder, 'rules'));
    for (let kill = 0; kill < kills; kill += 1) {
      const { child, ready } = await started(folder, kill === 0);
      token ||= ready.token;
      const dead = new AbortController();
      const sending = senders.run({ address: ready.address, token }, dead.signal);
      await delay(msMax * (0.05 + 0.95 * Math.random()));
      child.kill('SIGKILL');
      await once(child, 'exit');
      dead.abort();
      await sending;
    }
    const { child } = await started(folder, false);
    child.send('drain');
    const [kept]: Kept[] = await once(child, 'message');
    await once(child, 'exit');
    if (kept === undefined) throw new Error('the platform did not say what it kept');
    return compared(kills, senders, kept);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function compared(kills: number, { sent, acknowledged }: Senders, kept: Kept): WholeOutcome {
  const counts = Object.values(kept.rows);
  const stored = counts.reduce((sum, n) => sum + n, 0);
  const faults: string[] = [];
  for (const name of Object.keys(kept.rows)) if (!sent.has(name)) faults.push(`stored and never sent: "${name}"`);
  const marked = new Set(kept.marked);
  if (marked.size === 0) faults.push('no event was one for the rule');
  for (const host of marked) {
    const times = kept.detected[host] ?? 0;
    if (times !== 1) faults.push(`${host} was detected ${times} times`);
  }
  for (const host of Object.keys(kept.detected)) if (!marked.has(host)) faults.push(`${host} was detected, not stored`);
  return {
    kills,
    acknowledged: acknowledged.size,
    stored,
    lost: [...acknowledged].filter((name) => kept.rows[name] === undefined).length,
    doubled: stored - counts.length,
    rollUpDifference: kept.rolledUp - stored,
    faults,
  };
}

if (process.send !== undefined && process.argv[2] === PLATFORM) {
  await runPlatform(process.argv[3] ?? '', process.argv[4] === 'true');
}
