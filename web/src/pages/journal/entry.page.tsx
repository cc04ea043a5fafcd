import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { EntryCard } from './entry-card.tsx';
import './journal.css';

function EntryPage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <EntryCard seq={id} />;
}

export const page: PageDefinition = {
  path: '/journal/$id',
  title: 'journal.title',
  permission: 'journal.read',
  Page: EntryPage,
};
