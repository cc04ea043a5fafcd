import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { RunCard } from './run-card.tsx';
import '../detection.css';

function RunPage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <RunCard id={id} />;
}

export const page: PageDefinition = {
  path: '/rules/runs/$id',
  title: 'history.title',
  permission: 'rule.read',
  Page: RunPage,
};
