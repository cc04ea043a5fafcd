import type { PageDefinition } from '../../shell/page.ts';

function OverviewPage() {
  return null;
}

export const page: PageDefinition = {
  path: '/',
  title: 'overview.title',
  permission: 'overview.read',
  menu: { group: 'overview', order: 1 },
  Page: OverviewPage,
};
