import type { Db } from '#platform/postgres/database.ts';
import { type Giver, giversOf, segmentsAround, systemsAmong } from './lineage.ts';
import { DUTY_ROLES, type Duty, dutiesOf, dutiesToPass } from './store.ts';

type Told = Pick<Duty, 'role' | 'holder' | 'person'>;

/** Where a responsibility of an asset comes from. */
export interface Origin {
  /** The asset that it is taken from; null: it is the asset's own. */
  readonly from: { readonly id: string; readonly name: string } | null;
  /** False of what another one at the same distance gives as well: an asset of two systems has the holders of both. */
  readonly main: boolean;
}

export interface Responsibility {
  readonly duties: readonly (Duty & Origin)[];
  /** Information systems that it belongs to, the main one first. */
  readonly systems: readonly Giver[];
}

/**
 * What is told of each role: the asset's own, else what the nearest of those give that have somebody for it.
 *
 * @param givers in the order in which they count
 * @param duties of the givers, as far as they pass on
 */
export function effectiveDuties<D extends Told>(
  own: readonly D[],
  givers: readonly Pick<Giver, 'id' | 'name' | 'step'>[],
  duties: ReadonlyMap<string, readonly D[]>,
): (D & Origin)[] {
  return DUTY_ROLES.flatMap((role) => {
    const mine = own.filter((duty) => duty.role === role);
    if (mine.length > 0) return mine.map((duty) => ({ ...duty, from: null, main: true }));
    const offered = givers.flatMap(({ id, name, step }) =>
      (duties.get(id) ?? []).flatMap((duty) => (duty.role === role ? { duty, from: { id, name }, step } : [])),
    );
    const nearest = offered.filter(({ step }) => step === offered[0]?.step);
    return nearest.flatMap(({ duty, from }, at): (D & Origin)[] => {
      const told = nearest
        .slice(0, at)
        .some((one) => one.duty.holder === duty.holder && one.duty.person === duty.person);
      return told ? [] : [{ ...duty, from, main: at === 0 }];
    });
  });
}

/**
 * Who answers for an asset: for each role its own responsibility, else that of the nearest assets it is inherited from by
 * relations, else that of the segments that hold its addresses, else of those that hold an address of such an asset.
 * Where several of them are equally near the one of the main system is the main one, and the other holders are told too.
 */
export async function responsibilityOf(db: Db, assetId: string): Promise<Responsibility> {
  const related = (await giversOf(db, [assetId])).get(assetId) ?? [];
  const givers = [...related, ...(await segmentsAround(db, assetId))];
  const own = (await dutiesOf(db, [assetId], false)).get(assetId) ?? [];
  const given = await dutiesToPass(
    db,
    givers.map(({ id }) => id),
  );
  return { duties: effectiveDuties(own, givers, given), systems: systemsAmong(related) };
}
