import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openArchive } from '#domain/telemetry/archive.ts';
import { Splitter } from '#domain/telemetry/collect/lines.ts';
import type { Normalise } from '#domain/telemetry/normalise.ts';
import { seededChance } from '../../src/app/demo/random.ts';
import { inventedLines } from './invented.ts';

/** Lines of JSON, one event each. */
export interface Corpus {
  /** Where they come from, for the table. */
  readonly origin: string;
  /** A sample of everything, in the mix in which it was recorded. */
  readonly natural: readonly Buffer[];
  readonly processCreation: readonly Buffer[];
  /** PowerShell 4103 and 4104. */
  readonly powershell: readonly Buffer[];
  /** Lines that are no JSON objects are left out: there is nothing to compare with. */
  readonly skipped: number;
}

const LINE_MAX = 4 * 1024 * 1024;
/** Only these lines can be process creations or PowerShell: it saves normalising all the others. */
const PERHAPS_SPECIAL = /"(?:EventID|event_id|EventId)"\s*:\s*(?:\{[^}]*?)?"?(?:1|4688|4103|4104)\b/;

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The records of a file: lines, JSON arrays, printed objects; packed or not. */
async function* recordsOf(path: string): AsyncGenerator<Buffer> {
  for await (const { content } of openArchive(path, path)) {
    const splitter = new Splitter(LINE_MAX);
    for await (const chunk of content)
      for (const item of splitter.push(chunk)) if (item.kind === 'line') yield item.bytes;
    for (const item of splitter.end()) if (item.kind === 'line') yield item.bytes;
  }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Takes events into the three samples; every event has the same chance to be in one, however long the recording. */
class Sampler {
  private readonly samples = { natural: [] as Buffer[], processCreation: [] as Buffer[], powershell: [] as Buffer[] };
  private readonly seen = { natural: 0, processCreation: 0, powershell: 0 };
  private readonly chance = seededChance(11);
  private readonly normalise: Normalise;
  private readonly most: number;
  private skipped = 0;

  constructor(normalise: Normalise, most: number) {
    this.normalise = normalise;
    this.most = most;
  }

  take(bytes: Buffer): void {
    const text = bytes.toString('utf8');
    if (!text.startsWith('{') || !text.trimEnd().endsWith('}')) {
      this.skipped += 1;
      return;
    }
    this.keep('natural', text);
    if (!PERHAPS_SPECIAL.test(text)) return;
    const line = { id: '', text, receivedAtMs: 0, unitPath: '/', sourceHint: '', sender: '' };
    const { category } = this.normalise(line).logsource;
    if (category === 'process_creation') this.keep('processCreation', text);
    if (category === 'ps_script' || category === 'ps_module') this.keep('powershell', text);
  }

  private keep(kind: 'natural' | 'processCreation' | 'powershell', text: string): void {
    const kept = this.samples[kind];
    this.seen[kind] += 1;
    const place = kept.length < this.most ? kept.length : this.chance.below(this.seen[kind]);
    if (place >= this.most) return;
    if (isJsonObject(text)) kept[place] = Buffer.from(text);
    else this.skipped += 1;
  }

  corpus(origin: string): Corpus {
    return { origin: `${origin}: ${this.seen.natural} events`, ...this.samples, skipped: this.skipped };
  }
}

/** @param path file or folder of recordings; undefined = events made up here @param most of each sample */
export async function readCorpus(path: string | undefined, normalise: Normalise, most: number): Promise<Corpus> {
  const sampler = new Sampler(normalise, most);
  if (path === undefined) for (const text of inventedLines(most)) sampler.take(Buffer.from(text));
  else for (const file of filesBelow(path)) for await (const bytes of recordsOf(file)) sampler.take(bytes);
  return sampler.corpus(path ?? 'made-up events (no recordings on this machine and no --events)');
}
