import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { clientSettings } from '#platform/config.ts';
import type { Command, Io } from './command.ts';

const FAULTS_SHOWN = 20;

const Problem = z.object({
  detail: z.string(),
  faults: z.array(z.object({ at: z.string(), message: z.string() })).default([]),
});

const Taken = z.object({
  format: z.string(),
  taken: z.number(),
  linked: z.number(),
  presumed: z.number(),
  unresolved: z.number(),
  faults: z.array(z.object({ at: z.string(), message: z.string() })),
});

const Whose = z.object({
  asset: z
    .object({
      id: z.string(),
      name: z.string(),
      unit: z.string(),
      supervisedBy: z.string(),
      operatedBy: z.string(),
      usedBy: z.string(),
      foundBy: z.array(z.string()),
    })
    .nullable(),
});

const Identity = z.object({
  name: z.string(),
  mergedInto: z.string().nullable(),
  observations: z.array(
    z.object({
      source: z.string(),
      nativeKey: z.string(),
      state: z.string(),
      rule: z.string(),
      linkKeys: z.array(z.string()),
      lastSeenAt: z.string(),
    }),
  ),
  stays: z.array(z.object({ address: z.string(), firstAt: z.string(), lastAt: z.string() })),
});

type Call = (method: 'GET' | 'POST', path: string, body?: object) => Promise<unknown>;

interface Options {
  readonly unit: string | undefined;
  readonly instance: string | undefined;
  readonly at: string | undefined;
}

/** Asks the ledger of a running platform whose something is and why, and sends it exports of other systems. */
export const assetsCommand: Command = {
  name: 'assets',
  summary: 'Whose an address, host or domain was at a time; why an asset is one; takes in exports of other systems',
  usage:
    'whose ADDRESS|HOST|DOMAIN [--at TIME] | identity ID | observe FILE… [--instance NAME]  [--unit PATH] [--token TOKEN] [--url URL]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        unit: { type: 'string' },
        instance: { type: 'string' },
        at: { type: 'string' },
        token: { type: 'string' },
        url: { type: 'string' },
      },
    });
    const [verb = '', ...named] = positionals;
    const settings = clientSettings();
    const token = values.token ?? settings.token;
    const work = VERBS[verb];
    const wrong = [
      ...(work === undefined ? ['say what to do: tongan assets whose | identity | observe'] : []),
      ...(named.length > 0 ? [] : ['say of what: an address, the id of an asset, or files']),
      ...(verb === 'observe' ? named.filter((path) => !existsSync(path)).map((path) => `${path} does not exist`) : []),
      ...(values.at !== undefined && Number.isNaN(Date.parse(values.at))
        ? ['--at: a time such as 2026-03-01T08:00:00+08:00']
        : []),
      ...(token === undefined ? ['give a token with the permission asset.read: --token or TONGAN_TOKEN'] : []),
    ];
    for (const sentence of wrong) io.err(sentence);
    if (work === undefined || token === undefined || wrong.length > 0) return 2;
    const call = callerOf((values.url ?? settings.url ?? 'http://127.0.0.1:8420').replace(/\/$/, ''), token);
    const options = { unit: values.unit, instance: values.instance, at: values.at };
    let failed = 0;
    for (const name of named) {
      try {
        if (!(await work(call, name, options, io))) failed += 1;
      } catch (cause) {
        failed += 1;
        io.err(`${basename(name)}: ${cause instanceof Error ? cause.message : String(cause)}`);
      }
    }
    return failed === 0 ? 0 : 1;
  },
};

const callerOf =
  (url: string, token: string): Call =>
  async (method, path, body) => {
    const response = await fetch(`${url}/api/assets${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    throw new Error(refusal(response.status, text));
  };

function refusal(status: number, text: string): string {
  try {
    const { detail, faults } = Problem.parse(JSON.parse(text));
    return [detail, ...faults.slice(0, FAULTS_SHOWN).map(({ at, message }) => `  ${at} ${message}`)].join('\n');
  } catch {
    return `the platform answered ${status}: ${text.slice(0, 200)}`;
  }
}

/** What each verb does with one of the things that were named. @returns false when there is nothing to show */
const VERBS: Readonly<Record<string, (call: Call, name: string, options: Options, io: Io) => Promise<boolean>>> = {
  whose,
  identity,
  observe,
};

async function whose(call: Call, name: string, { unit, at }: Options, io: Io): Promise<boolean> {
  const asked = new URLSearchParams();
  if (/^[0-9.]+$|:/.test(name)) asked.set('address', name);
  else {
    asked.set('host', name);
    if (name.includes('.')) asked.set('domain', name);
  }
  if (unit !== undefined) asked.set('unitPath', unit);
  if (at !== undefined) asked.set('at', new Date(at).toISOString());
  const { asset } = Whose.parse(await call('GET', `/whose?${asked}`));
  if (asset === null) {
    io.err(`${name}: nobody's, or several fit equally well`);
    return false;
  }
  io.out(`${name}: ${asset.name} (${asset.id}), ${asset.unit}`);
  io.out(`  found by ${asset.foundBy.join(', ')}`);
  const holders = { supervised: asset.supervisedBy, run: asset.operatedBy, used: asset.usedBy };
  const known = Object.entries(holders).filter(([, holder]) => holder !== '');
  if (known.length > 0) io.out(`  ${known.map(([how, holder]) => `${how} by ${holder}`).join(', ')}`);
  return true;
}

async function identity(call: Call, id: string, _options: Options, io: Io): Promise<boolean> {
  const found = Identity.parse(await call('GET', `/${encodeURIComponent(id)}/identity`));
  io.out(found.mergedInto === null ? found.name : `${found.name}: merged into ${found.mergedInto}`);
  for (const one of found.observations) {
    io.out(`  ${one.source} ${one.nativeKey}: ${one.state}, ${one.rule}, last seen ${one.lastSeenAt}`);
    if (one.linkKeys.length > 0) io.out(`    ${one.linkKeys.join('  ')}`);
  }
  for (const { address, firstAt, lastAt } of found.stays) io.out(`  at ${address} from ${firstAt} to ${lastAt}`);
  return true;
}

async function observe(call: Call, path: string, { unit, instance }: Options, io: Io): Promise<boolean> {
  const text = await readFile(path, 'utf8');
  const { format, taken, linked, presumed, unresolved, faults } = Taken.parse(
    await call('POST', '/observations', {
      text,
      ...(unit === undefined ? {} : { unitPath: unit }),
      ...(instance === undefined ? {} : { instance }),
    }),
  );
  io.out(
    `${basename(path)}: ${format}, ${taken} record(s): ${linked} linked, ${presumed} presumed, ${unresolved} open`,
  );
  for (const { at, message } of faults.slice(0, FAULTS_SHOWN)) io.err(`  ${at} ${message}`);
  if (faults.length > FAULTS_SHOWN) io.err(`  ${faults.length} records were left out`);
  return true;
}
