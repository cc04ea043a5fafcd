-- A part is written beside its place, synced, and renamed into it. Without this the rename itself may be forgotten by a
-- power failure, after the queue has dropped what the part was made of.
ALTER TABLE event MODIFY SETTING fsync_part_directory = 1;
ALTER TABLE event_count MODIFY SETTING fsync_part_directory = 1;
ALTER TABLE entity_sighting MODIFY SETTING fsync_part_directory = 1;
