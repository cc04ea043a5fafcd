-- How many assets nobody is named for is asked with every list: where all have somebody, the whole table was read for it.
CREATE INDEX asset_without_person ON asset (unit_path) WHERE responsible_person = '';
