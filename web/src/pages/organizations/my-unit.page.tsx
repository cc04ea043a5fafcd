import { useGet } from '#api/hooks.ts';
import { ErrorState } from '#parts/error-state.tsx';
import { PageSkeleton } from '#parts/skeleton.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useSession } from '#shell/session.tsx';
import type { UnitDetail } from './answers.ts';
import { UnitView } from './unit-detail.tsx';

/** The unit of whoever is signed in. */
function MyUnitPage() {
  const { user } = useSession();
  const { data, error, refetch } = useGet<UnitDetail>(user.unit ? `/api/units/${user.unit.id}` : null);
  if (error) return <ErrorState error={error} retry={refetch} />;
  return data ? <UnitView unit={data} /> : <PageSkeleton />;
}

export const page: PageDefinition = {
  path: '/my-unit',
  title: 'organizations.myUnit',
  permission: 'unit.read',
  menu: { group: 'mine', order: 50 },
  Page: MyUnitPage,
};
