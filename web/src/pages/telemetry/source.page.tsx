import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { SourceCard } from './source-detail.tsx';
import './telemetry.css';

function SourcePage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <SourceCard id={id} />;
}

export const page: PageDefinition = {
  path: '/sources/$id',
  title: 'telemetry.sources.title',
  permission: 'source.read',
  Page: SourcePage,
};
