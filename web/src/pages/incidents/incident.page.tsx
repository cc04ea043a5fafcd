import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { IncidentCard } from './incident-card.tsx';

function IncidentPage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <IncidentCard id={id} />;
}

export const page: PageDefinition = {
  path: '/incidents/$id',
  title: 'incidents.title',
  permission: 'incident.read',
  Page: IncidentPage,
};
