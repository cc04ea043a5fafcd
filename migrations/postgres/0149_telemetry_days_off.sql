-- What is usual on days off, apart from working days: `hourly` is of working days from now on. Learnt again within the hour.
ALTER TABLE telemetry_baseline ADD COLUMN hourly_off jsonb NOT NULL DEFAULT '[]';
-- It sends on working days only.
ALTER TABLE telemetry_baseline ADD COLUMN rests boolean NOT NULL DEFAULT false;
