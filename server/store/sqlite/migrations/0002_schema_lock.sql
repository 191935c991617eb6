-- +goose Up

-- The digest of the schema.lock that came with the files of a data layer, whose text stands in schemas; '' without one.
ALTER TABLE layers ADD COLUMN lock_digest TEXT NOT NULL DEFAULT '';
