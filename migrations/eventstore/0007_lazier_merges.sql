-- Parts are merged when ten of a size have come together instead of five: each event is written anew less often (its parts grow
-- tenfold with each merge), and under a burst merges wait until there is time for them; parts that have lain for a while are merged anyway.
ALTER TABLE event MODIFY SETTING merge_selector_base = 10;
