-- Pauses are measured in the time in which a source usually sends; see watch/habit.ts. Learnt again within the hour.
-- Hours of the day in which it does not send are no part of its pauses.
ALTER TABLE telemetry_baseline ADD COLUMN by_hour boolean NOT NULL DEFAULT false;
-- Its pauses hardly differ from each other.
ALTER TABLE telemetry_baseline ADD COLUMN regular boolean NOT NULL DEFAULT false;
