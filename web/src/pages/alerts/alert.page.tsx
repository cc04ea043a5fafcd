import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { AlertCard } from './alert-detail.tsx';
import './alerts.css';

function AlertPage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <AlertCard id={id} />;
}

export const page: PageDefinition = {
  path: '/alerts/$id',
  title: 'alerts.title',
  permission: 'alert.read',
  Page: AlertPage,
};
