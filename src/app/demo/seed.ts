import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { beginInstallation, seedAccount } from '#domain/identity/index.ts';
import { createAsset, relateAssets } from '#domain/ledger/index.ts';
import { createUnit } from '#domain/organizations/index.ts';
import { createSource } from '#domain/telemetry/index.ts';
import type { Ctx } from '#platform/context.ts';
import { ASSETS, SOURCES } from './hosts.ts';
import { seedLedger } from './ledger.ts';
import { seedObserved } from './observed.ts';
import { ACCOUNTS, ADMINISTRATORS, DEMO_PASSWORD, type DemoAccount, UNITS } from './region.ts';

const Tokens = z.record(z.string(), z.string());

/** Makes the centre, the units and the people. @returns each unit's path by its code */
async function seedOrganisation(system: Ctx): Promise<ReadonlyMap<string, string>> {
  const { centreId } = await beginInstallation(system, {
    installation: '统安演示',
    centre: '自治区一体安全运营中心（演示）',
    divisionCode: '450000',
  });
  const units = new Map<string, { id: string; path: string }>();
  for (const unit of UNITS) {
    const persons = [
      { duty: 'first_responsible' as const, name: '第一责任人', post: '单位主要负责人' },
      { duty: 'directly_responsible' as const, name: '直接责任人', post: '分管负责人' },
      { duty: 'security_officer' as const, name: '单位安全员', post: '安全员', phone: '0771-0000000' },
    ];
    units.set(unit.code, await createUnit(system, { ...unit, persons }));
  }
  const accounts: Omit<DemoAccount, 'what'>[] = [...Object.values(ADMINISTRATORS), ...ACCOUNTS];
  for (const { account, name, roles, unit } of accounts) {
    const unitId = unit === undefined ? undefined : units.get(unit)?.id;
    const home = unitId === undefined ? { centreId } : { unitId };
    await seedAccount(system, { login: account, name, roles, password: DEMO_PASSWORD, ...home });
  }
  return new Map([...units].map(([code, { path }]) => [code, path]));
}

async function seedAssets(system: Ctx, paths: ReadonlyMap<string, string>): Promise<void> {
  const ids = new Map<string, string>();
  for (const { unit, ...asset } of ASSETS) {
    const owner = UNITS.find((candidate) => candidate.code === unit)?.name ?? '';
    const { id } = await createAsset(system, {
      ...asset,
      hosts: [...asset.hosts],
      addresses: [...asset.addresses],
      domains: 'domains' in asset ? [...asset.domains] : [],
      supervisedBy: UNITS[0]?.name ?? '',
      operatedBy: owner,
      usedBy: owner,
      unitPath: paths.get(unit) ?? '/450000/',
    });
    ids.set(asset.code, id);
  }
  const [fromId, toId] = [ids.get('NN-HR-APP-01'), ids.get('NN-HR-SRV-02')];
  if (fromId !== undefined && toId !== undefined) await relateAssets(system, { fromId, toId, kind: 'runs_on' });
}

async function seedSources(system: Ctx, paths: ReadonlyMap<string, string>): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {};
  for (const { key, unit, kind, name, via, sender } of SOURCES) {
    const { token } = await createSource(system, {
      name,
      kind,
      unitPath: paths.get(unit) ?? '/450000/',
      listener: via === 'http' ? 'http' : 'syslog',
      ...(sender === undefined ? {} : { sender }),
    });
    if (token !== null) tokens[key] = token;
  }
  return tokens;
}

/**
 * Fills an empty installation with the synthetic region; one that was filled before is left as it is.
 *
 * @param system the platform's own context
 * @returns the tokens that the demo's senders show, by the key of their source. They are kept beside the demo's own
 *   stores, as a sender keeps its token
 */
export async function seedRegion(system: Ctx): Promise<ReadonlyMap<string, string>> {
  const file = join(system.config.dataDir, 'demo-senders.json');
  if (!existsSync(file)) {
    const paths = await seedOrganisation(system);
    await seedAssets(system, paths);
    await seedLedger(system, paths);
    await seedObserved(system, paths);
    const tokens = await seedSources(system, paths);
    writeFileSync(file, JSON.stringify(tokens), { mode: 0o600 });
  }
  return new Map(Object.entries(Tokens.parse(JSON.parse(readFileSync(file, 'utf8')))));
}
