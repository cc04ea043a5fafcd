import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { UnitCard } from './unit-detail.tsx';

function UnitPage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <UnitCard id={id} />;
}

export const page: PageDefinition = {
  path: '/units/$id',
  title: 'organizations.title',
  permission: 'unit.read',
  Page: UnitPage,
};
