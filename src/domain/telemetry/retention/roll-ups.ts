/** What is counted of events when they come in: the tables, by which span of time a row counts, and that span of the time of an event. */
export const ROLL_UPS = {
  event_count: { span: 'toDate(hour)', of: 'toDate' },
  entity_sighting: { span: 'day', of: 'toDate' },
  field_use: { span: 'month', of: 'toStartOfMonth' },
} as const;
