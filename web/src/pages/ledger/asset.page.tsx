import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { AssetCard } from './asset-detail.tsx';
import './ledger.css';

function AssetPage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <AssetCard id={id} />;
}

export const page: PageDefinition = {
  path: '/assets/$id',
  title: 'ledger.title',
  permission: 'asset.read',
  Page: AssetPage,
};
