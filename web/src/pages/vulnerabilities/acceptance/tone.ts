/** How each state of a request looks. */
export const TONE = {
  asked: 'waiting',
  approved: 'done',
  denied: 'moving',
  withdrawn: 'done',
  expired: 'overdue',
  ended: 'done',
} as const;
