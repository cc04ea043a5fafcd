import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Client, connect, forEach, PLATFORM_OPTIONS } from './client.ts';
import type { Io } from './command.ts';

const FAULTS_SHOWN = 20;

const Taken = z.object({
  format: z.string(),
  taken: z.number(),
  linked: z.number(),
  presumed: z.number(),
  unresolved: z.number(),
  leftOut: z.number(),
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

interface Options {
  readonly unit: string | undefined;
  readonly instance: string | undefined;
  readonly at: string | undefined;
}

type Work = (client: Client, name: string, options: Options, io: Io) => Promise<boolean>;

/** A verb that does one thing with each of what was named. @returns what runs it */
const asking =
  (work: Work, what: string, permission: string, wrongOf: (name: string) => readonly string[]) =>
  async (args: readonly string[], io: Io): Promise<number> => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        unit: { type: 'string' },
        instance: { type: 'string' },
        at: { type: 'string' },
        ...PLATFORM_OPTIONS,
      },
    });
    const wrong = [
      ...(positionals.length > 0 ? [] : [`say of what: ${what}`]),
      ...positionals.flatMap(wrongOf),
      ...(values.at !== undefined && Number.isNaN(Date.parse(values.at))
        ? ['--at: a time such as 2026-03-01T08:00:00+08:00']
        : []),
    ];
    const client = connect(values, permission, wrong, io);
    if (client === undefined) return 2;
    const options = { unit: values.unit, instance: values.instance, at: values.at };
    return forEach(positionals, io, (name) => work(client, name, options, io));
  };

const nothingWrong = (): readonly string[] => [];

/** `tongan assets whose`: which asset an address, host or domain was at a time. */
export const whoseAsset = asking(whose, 'an address, a host or a domain', 'asset.read', nothingWrong);

/** `tongan assets identity`: why an asset is what it is. */
export const identityOfAsset = asking(identity, 'the id of an asset', 'asset.read', nothingWrong);

/** `tongan assets observe`: sends exports of other systems. */
export const observeAssets = asking(observe, 'files', 'asset.observe', (path) =>
  existsSync(path) ? [] : [`${path} does not exist`],
);

async function whose(client: Client, name: string, { unit, at }: Options, io: Io): Promise<boolean> {
  const asked = new URLSearchParams();
  if (/^[0-9.]+$|:/.test(name)) asked.set('address', name);
  else {
    asked.set('host', name);
    if (name.includes('.')) asked.set('domain', name);
  }
  if (unit !== undefined) asked.set('unitPath', unit);
  if (at !== undefined) asked.set('at', new Date(at).toISOString());
  const { asset } = Whose.parse(await client.json('GET', `/api/assets/whose?${asked}`));
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

async function identity(client: Client, id: string, _options: Options, io: Io): Promise<boolean> {
  const found = Identity.parse(await client.json('GET', `/api/assets/${encodeURIComponent(id)}/identity`));
  io.out(found.mergedInto === null ? found.name : `${found.name}: merged into ${found.mergedInto}`);
  for (const one of found.observations) {
    io.out(`  ${one.source} ${one.nativeKey}: ${one.state}, ${one.rule}, last seen ${one.lastSeenAt}`);
    if (one.linkKeys.length > 0) io.out(`    ${one.linkKeys.join('  ')}`);
  }
  for (const { address, firstAt, lastAt } of found.stays) io.out(`  at ${address} from ${firstAt} to ${lastAt}`);
  return true;
}

async function observe(client: Client, path: string, { unit, instance }: Options, io: Io): Promise<boolean> {
  const text = await readFile(path, 'utf8');
  const { format, taken, linked, presumed, unresolved, leftOut, faults } = Taken.parse(
    await client.json('POST', '/api/assets/observations', {
      text,
      ...(unit === undefined ? {} : { unitPath: unit }),
      ...(instance === undefined ? {} : { instance }),
    }),
  );
  io.out(
    `${basename(path)}: ${format}, ${taken} record(s): ${linked} linked, ${presumed} presumed, ${unresolved} open`,
  );
  for (const { at, message } of faults.slice(0, FAULTS_SHOWN)) io.err(`  ${at} ${message}`);
  if (leftOut > 0) io.err(`  ${leftOut} record(s) left out`);
  return leftOut === 0;
}
