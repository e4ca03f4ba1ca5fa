-- A tender goes public with the commitment to the seed of its draw: a seed chosen
-- after the bids are known could be tried until it draws whom one likes. NOT
-- VALID: what was published before keeps standing, whatever is written obeys.
ALTER TABLE tenders ADD CONSTRAINT seed_commitment_missing
    CHECK (published_at IS NULL OR seed_commitment IS NOT NULL) NOT VALID;
