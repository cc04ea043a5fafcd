import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { RuleCard } from './rule-detail.tsx';
import './detection.css';

function RulePage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <RuleCard id={id} />;
}

export const page: PageDefinition = {
  path: '/rules/$id',
  title: 'detection.title',
  permission: 'rule.read',
  Page: RulePage,
};
