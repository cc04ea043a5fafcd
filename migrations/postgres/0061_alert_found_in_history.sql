-- True when the alert was opened by a rule that was run over stored events, not by what arrived.
ALTER TABLE alert ADD COLUMN found_in_history boolean NOT NULL DEFAULT false;
