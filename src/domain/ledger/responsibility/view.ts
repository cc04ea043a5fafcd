import { z } from 'zod';
import { IMPORTANCES } from '../asset.ts';
import type { Origin } from './inherit.ts';
import { DUTY_ROLES, DUTY_STATES, type Duty, type DutyState } from './store.ts';

export const DutyView = z.object({
  id: z.uuid(),
  role: z.enum(DUTY_ROLES),
  holder: z.string(),
  person: z.string(),
  fromOn: z.string(),
  untilOn: z.string().nullable(),
  basis: z.string(),
  state: z.enum(DUTY_STATES),
  note: z.string(),
  decidedBy: z.string(),
  decidedAt: z.string().nullable(),
  from: z.object({ id: z.uuid(), name: z.string() }).nullable().describe('the asset it is inherited from'),
  main: z.boolean().describe('false: inherited as well, beside that of the main system'),
});

/** An information system that an asset belongs to. */
export const SystemView = z.object({
  id: z.uuid(),
  name: z.string(),
  importance: z.enum(IMPORTANCES),
  protectionLevel: z.number().int().nullable(),
  criticalInfrastructure: z.boolean(),
});

export const dutyView = <State extends DutyState | null>(
  duty: Omit<Duty, 'state'> & Origin & { readonly state: State },
) => ({
  id: duty.id,
  role: duty.role,
  holder: duty.holder,
  person: duty.person,
  fromOn: duty.fromOn,
  untilOn: duty.untilOn,
  basis: duty.basis,
  state: duty.state,
  note: duty.note,
  decidedBy: duty.decidedBy,
  decidedAt: duty.decidedAt?.toISOString() ?? null,
  from: duty.from,
  main: duty.main,
});
