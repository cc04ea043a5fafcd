-- Assets are listed by name without regard to case, and Chinese by its pinyin: in the order of a key that the platform makes
-- of the name, because not every store has a collation for it. What is there already is given its key, some at a time, beside
-- the work once the platform has started; here nothing is rewritten.
ALTER TABLE asset ADD COLUMN name_key text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX asset_name_order ON asset (name_key, id);
CREATE INDEX asset_name_unordered ON asset (id) WHERE name_key = '';
