import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { faultsOf } from '#platform/input.ts';
import type { CentreLevel } from './unit.ts';

/** A published version of GB/T 2260 for the area this platform serves, as kept in `content/standards/divisions`. */
const DivisionStandard = z.strictObject({
  version: z.string().regex(/^\d{4}-\d{2}$/),
  standard: z.literal('GB/T 2260'),
  source: z.string().min(1),
  confidence: z.enum(['high', 'medium', 'low']),
  note: z.string().optional(),
  divisions: z
    .array(
      z.strictObject({ code: z.string().regex(/^\d{6}$/), name: z.string().min(2), nameEn: z.string().optional() }),
    )
    .min(1),
});

export type DivisionStandard = z.output<typeof DivisionStandard>;

const FOLDER = join(import.meta.dirname, '../../../content/standards/divisions');

/** Level by the digits of the code: xx0000 region, xxyy00 city, else county (GB/T 2260, 4). */
export function levelOfDivision(code: string): CentreLevel {
  if (code.endsWith('0000')) return 'region';
  return code.endsWith('00') ? 'city' : 'county';
}

/** The division above: last non-zero pair of digits zeroed. Undefined for a region. */
export function parentDivision(code: string): string | undefined {
  const level = levelOfDivision(code);
  if (level === 'region') return undefined;
  return level === 'city' ? `${code.slice(0, 2)}0000` : `${code.slice(0, 4)}00`;
}

/** Path in the tree of units: `/450000/450100/450103/`. */
export function divisionPath(code: string): string {
  const parent = parentDivision(code);
  return parent === undefined ? `/${code}/` : `${divisionPath(parent)}${code}/`;
}

/**
 * Reads the newest version of the divisions.
 *
 * @throws Error naming the file and the fault: wrong shape, a code given twice, a division whose parent is missing
 */
export async function loadDivisions(folder: string = FOLDER): Promise<DivisionStandard> {
  const versions: DivisionStandard[] = [];
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.json')).sort()) {
    const result = DivisionStandard.safeParse(JSON.parse(await readFile(join(folder, name), 'utf8')));
    if (!result.success) {
      const faults = faultsOf(result.error).map((fault) => `${fault.at}: ${fault.message}`);
      throw new Error(`${join(folder, name)}: ${faults.join('; ')}`);
    }
    const fault = treeFault(result.data);
    if (fault) throw new Error(`${join(folder, name)}: ${fault}`);
    versions.push(result.data);
  }
  const newest = versions.sort((a, b) => a.version.localeCompare(b.version)).at(-1);
  if (!newest) throw new Error(`${folder}: holds no divisions`);
  return newest;
}

function treeFault(standard: DivisionStandard): string | undefined {
  const codes = new Set<string>();
  for (const { code } of standard.divisions) {
    if (codes.has(code)) return `${code} is given twice`;
    codes.add(code);
    const parent = parentDivision(code);
    if (parent !== undefined && !codes.has(parent)) return `${code} comes before its parent ${parent}`;
  }
  return undefined;
}
