import { z } from 'zod';
import { job } from '#platform/slice.ts';
import { forgetOldAttempts, forgetSessions } from './secret-store.ts';

const DAY_MS = 86_400_000;
/** The journal keeps who signed in; the row of a session is of no use after its end. */
const SESSION_DAYS = 30;
const ATTEMPT_DAYS = 2;

/** Drops ended sessions and old counters of failed sign-ins. */
export const forgetOldSignIns = job({
  name: 'identity.forget',
  payload: z.object({}),
  cron: '17 3 * * *',
  async handler(system) {
    const now = system.clock.now().getTime();
    await system.transaction(async ({ db }) => {
      await forgetSessions(db, new Date(now - SESSION_DAYS * DAY_MS));
      await forgetOldAttempts(db, new Date(now - ATTEMPT_DAYS * DAY_MS));
    });
  },
});
