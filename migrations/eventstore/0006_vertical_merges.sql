-- Merges go column by column also where there are few rows. Row by row each of the 140 columns keeps a block of up to 4 MB until it is compressed,
-- some hundred MB for the parts of a busy minute.
ALTER TABLE event MODIFY SETTING vertical_merge_algorithm_min_rows_to_activate = 1;
