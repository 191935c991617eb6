-- +goose Up

-- Times are microseconds since 1970, UTC. n is a row's short name inside the database; id is its name outside.
-- version is the sequence of the audit entry of its last change.

CREATE TABLE head (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  sequence INTEGER NOT NULL,
  hash     TEXT    NOT NULL
) STRICT;

CREATE TABLE audit (
  sequence    INTEGER PRIMARY KEY,
  time        INTEGER NOT NULL,
  actor_kind  TEXT NOT NULL,
  actor_id    TEXT NOT NULL,
  actor_name  TEXT NOT NULL,
  actor_key   TEXT NOT NULL,
  git_commit  TEXT NOT NULL,
  ip          TEXT NOT NULL,
  request_id  TEXT NOT NULL,
  action      TEXT NOT NULL,
  target_kind TEXT NOT NULL,
  target_id   TEXT NOT NULL,
  target_name TEXT NOT NULL,
  layer       TEXT NOT NULL,
  before      TEXT NOT NULL,
  after       TEXT NOT NULL,
  previous    TEXT NOT NULL,
  hash        TEXT NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit entries are not changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit entries are not deleted'); END;
-- +goose StatementEnd

CREATE TABLE team (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  id       TEXT    NOT NULL,
  name     TEXT    NOT NULL,
  entitled INTEGER NOT NULL,
  created  INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
  n       INTEGER PRIMARY KEY,
  id      TEXT    NOT NULL UNIQUE,
  name    TEXT    NOT NULL,
  role    TEXT    NOT NULL,
  version INTEGER NOT NULL,
  created INTEGER NOT NULL,
  removed INTEGER
) STRICT;
CREATE UNIQUE INDEX members_name ON members (name) WHERE removed IS NULL;

CREATE TABLE keys (
  n           INTEGER PRIMARY KEY,
  id          TEXT    NOT NULL UNIQUE,
  member      INTEGER NOT NULL REFERENCES members,
  name        TEXT    NOT NULL,
  hash        BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
  permissions TEXT    NOT NULL, -- JSON
  created     INTEGER NOT NULL,
  expires     INTEGER,
  revoked     INTEGER,
  last_used   INTEGER
) STRICT;
CREATE INDEX keys_member ON keys (member);

CREATE TABLE sessions (
  id      BLOB    PRIMARY KEY CHECK (length(id) = 32),
  key     INTEGER NOT NULL REFERENCES keys,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_key ON sessions (key);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE schemas (
  digest TEXT PRIMARY KEY,
  text   TEXT NOT NULL
) STRICT;

CREATE TABLE layers (
  n             INTEGER PRIMARY KEY,
  id            TEXT    NOT NULL UNIQUE,
  name          TEXT    NOT NULL UNIQUE, -- also of those that are removed
  definition    TEXT    NOT NULL,
  file          TEXT    NOT NULL,
  schema_digest TEXT    REFERENCES schemas,
  schema_file   TEXT    NOT NULL,
  pinned        INTEGER NOT NULL DEFAULT 0,
  version       INTEGER NOT NULL,
  created       INTEGER NOT NULL,
  removed       INTEGER
) STRICT;

-- Deleted scopes stay, so that an id is never used again.
CREATE TABLE scopes (
  n           INTEGER PRIMARY KEY,
  id          TEXT    NOT NULL UNIQUE,
  layer       INTEGER NOT NULL REFERENCES layers,
  name        TEXT    NOT NULL,
  description TEXT    NOT NULL,
  entries     TEXT    NOT NULL, -- JSON
  file        TEXT    NOT NULL,
  version     INTEGER NOT NULL,
  created     INTEGER NOT NULL,
  updated     INTEGER NOT NULL,
  removed     INTEGER
) STRICT;
CREATE UNIQUE INDEX scopes_name ON scopes (layer, name) WHERE removed IS NULL;

CREATE TABLE tokens (
  n            INTEGER PRIMARY KEY,
  id           TEXT    NOT NULL UNIQUE,
  layer        INTEGER NOT NULL REFERENCES layers,
  name         TEXT    NOT NULL,
  hash         BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
  unrestricted INTEGER NOT NULL,
  created_by   INTEGER REFERENCES members,
  created      INTEGER NOT NULL,
  expires      INTEGER,
  revoked      INTEGER,
  last_used    INTEGER
) STRICT;
CREATE INDEX tokens_layer ON tokens (layer, id);

CREATE TABLE token_scopes (
  token INTEGER NOT NULL REFERENCES tokens,
  scope INTEGER NOT NULL REFERENCES scopes,
  PRIMARY KEY (token, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_scopes_scope ON token_scopes (scope);

CREATE TABLE generated (
  member  TEXT    NOT NULL, -- id
  key     TEXT    NOT NULL,
  request BLOB    NOT NULL CHECK (length(request) = 32),
  token   INTEGER NOT NULL REFERENCES tokens,
  PRIMARY KEY (member, key)
) STRICT, WITHOUT ROWID;

-- n is the order in which syncs were started.
CREATE TABLE syncs (
  n        INTEGER PRIMARY KEY,
  id       TEXT    NOT NULL UNIQUE,
  layer    INTEGER NOT NULL REFERENCES layers,
  reason   TEXT    NOT NULL,
  state    TEXT    NOT NULL,
  steps    TEXT    NOT NULL, -- JSON
  error    TEXT    NOT NULL,
  revision INTEGER NOT NULL,
  started  INTEGER NOT NULL,
  ended    INTEGER
) STRICT;
CREATE INDEX syncs_layer ON syncs (layer, n);
CREATE UNIQUE INDEX syncs_running ON syncs (layer) WHERE state = 'running';

CREATE TABLE revisions (
  layer         INTEGER NOT NULL REFERENCES layers,
  number        INTEGER NOT NULL CHECK (number > 0),
  digest        TEXT    NOT NULL,
  schema_digest TEXT    NOT NULL,
  sync          INTEGER NOT NULL REFERENCES syncs,
  created       INTEGER NOT NULL,
  PRIMARY KEY (layer, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE bundles (
  layer  INTEGER NOT NULL,
  number INTEGER NOT NULL,
  bundle BLOB    NOT NULL,
  PRIMARY KEY (layer, number),
  FOREIGN KEY (layer, number) REFERENCES revisions
) STRICT;

INSERT INTO head (one, sequence, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
