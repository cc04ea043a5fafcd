import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { EventCard } from './event-detail.tsx';
import './telemetry.css';

function EventPage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <EventCard id={id} />;
}

export const page: PageDefinition = {
  path: '/events/$id',
  title: 'events.title',
  permission: 'event.search',
  Page: EventPage,
};
