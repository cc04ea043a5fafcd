import type { Answer } from '#api/types.ts';

export type AlertCounts = Answer<'/api/alerts/counts'>;
export type AlertPage = Answer<'/api/alerts'>;
export type IncidentPage = Answer<'/api/incidents'>;
export type OrderCounts = Answer<'/api/orders/counts'>;
export type OrderPage = Answer<'/api/orders'>;
export type EventTotals = Answer<'/api/telemetry/totals'>;
