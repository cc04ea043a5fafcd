/**
 * Who may do what: accounts, the roles and their permissions, sign-in with sessions and one-time codes, API tokens.
 *
 * Deliberately absent: units and centres (organizations), and any way round `authenticate` to a person's rights. Nobody
 * reads a password, a one-time secret or a token back: the store holds hashes, and sealed text for what must be used.
 */
import type { Slice } from '#platform/slice.ts';
import { forgetOldSignIns } from './jobs.ts';
import { identityRoutes } from './routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { systemRoutes } from './system-state.ts';

export { resetPasswordOf, seedAccount } from './actions.ts';
export { holdersOf } from './holders.ts';
export { permissionsOf } from './permissions.ts';
export { authenticate } from './session.ts';
export { beginInstallation } from './setup.ts';

export const identitySlice: Slice = {
  name: 'identity',
  routes: [...sessionRoutes, ...identityRoutes, ...systemRoutes],
  jobs: [forgetOldSignIns],
};
