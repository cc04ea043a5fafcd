-- Units are found by the first letters of the pinyin of their names too. What is there already is filled in when the platform starts.
ALTER TABLE unit
  ADD COLUMN name_initials text NOT NULL DEFAULT '',
  ADD COLUMN short_name_initials text NOT NULL DEFAULT '';
