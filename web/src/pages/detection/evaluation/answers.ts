import type { Answer } from '#api/types.ts';

export type LedgerRow = Answer<'/api/rules/ledger'>['items'][number];
export type FaultList = Answer<'/api/rules/faults'>;
export type Fault = FaultList['items'][number];
export type CorrelationState = Answer<'/api/rules/correlation-state'>;
