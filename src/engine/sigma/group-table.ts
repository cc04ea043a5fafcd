import type { Group } from './correlator-state.ts';

/**
 * The groups of a correlation by unit and key. Units are never counted together: the same private address lives in many
 * of them. Two steps instead of one joined text: joining and hashing it would be most of the work of counting an event.
 */
export class GroupTable {
  private readonly units = new Map<string, Map<string, Group>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(unitPath: string, key: string): Group | undefined {
    return this.units.get(unitPath)?.get(key);
  }

  set(key: string, group: Group): void {
    let groups = this.units.get(group.unitPath);
    if (!groups) {
      groups = new Map();
      this.units.set(group.unitPath, groups);
    }
    if (!groups.has(key)) this.count += 1;
    groups.set(key, group);
  }

  delete(key: string, { unitPath }: Group): void {
    const groups = this.units.get(unitPath);
    if (!groups?.delete(key)) return;
    this.count -= 1;
    if (groups.size === 0) this.units.delete(unitPath);
  }

  clear(): void {
    this.units.clear();
    this.count = 0;
  }

  *entries(): Generator<readonly [key: string, group: Group]> {
    for (const groups of this.units.values()) yield* groups;
  }
}
