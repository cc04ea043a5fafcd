import { useParams } from '@tanstack/react-router';
import type { PageDefinition } from '#shell/page.ts';
import { UserCard } from './user-detail.tsx';
import './identity.css';

function UserPage() {
  const { id } = useParams({ strict: false });
  return id === undefined ? null : <UserCard id={id} />;
}

export const page: PageDefinition = {
  path: '/users/$id',
  title: 'identity.users',
  permission: 'user.read',
  Page: UserPage,
};
