import { createUnit, seedDivisions } from '#domain/organizations/index.ts';
import type { TestPlatform } from './stores.ts';

export interface TestUnit {
  readonly id: string;
  readonly path: string;
  readonly name: string;
}

/** Divisions of Guangxi and some units, made through the same actions as in real life. */
export async function seedUnits(
  site: TestPlatform,
  wishes: readonly {
    readonly code: string;
    readonly name: string;
    readonly divisionCode: string;
    readonly kind?: 'contractor';
  }[],
): Promise<TestUnit[]> {
  await seedDivisions(site.system);
  const units: TestUnit[] = [];
  for (const { code, name, divisionCode, kind = 'member' } of wishes) {
    const unit = await createUnit(site.system, {
      code,
      name,
      shortName: name.slice(0, 20),
      kind,
      sector: 'government',
      divisionCode,
    });
    units.push({ id: unit.id, path: unit.path, name });
  }
  return units;
}
