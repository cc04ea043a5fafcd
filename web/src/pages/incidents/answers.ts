import type { Answer } from '#api/types.ts';

export type Incident = Answer<'/api/incidents'>['items'][number];
export type IncidentDetail = Answer<'/api/incidents/{id}'>;
export type Standards = Answer<'/api/incidents/standards'>;
export type Proposal = Answer<'/api/incidents/propose-grades', 'post'>;
export type Report = IncidentDetail['reports'][number];
export type GradeReason = IncidentDetail['gradeReasons'][number];
export type Move = IncidentDetail['allowed'][number];

export const GRADES = ['I', 'II', 'III', 'IV'] as const;
export const OPERATORS = ['critical', 'central', 'other'] as const;

/** Everything that has to be read again when an incident changed. */
export const READ_AGAIN = ['/api/incidents', '/api/alerts', '/api/journal'];

const MOVING = ['handling', 'contained', 'resolved'];

export const toneOf = (incident: Pick<Incident, 'state'>) =>
  incident.state === 'closed' || incident.state === 'merged'
    ? ('done' as const)
    : MOVING.includes(incident.state)
      ? ('moving' as const)
      : ('waiting' as const);
