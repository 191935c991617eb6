package sqlite

import (
	"context"
	"database/sql"
)

// Raw runs SQL beside the store's promises and returns the first column of the result.
func (s *Store) Raw(ctx context.Context, query string, args ...any) ([]string, error) {
	return raws(ctx, s.write, query, args...)
}

// RawRead is Raw on a connection that reads.
func (s *Store) RawRead(ctx context.Context, query string) ([]string, error) {
	return raws(ctx, s.read, query)
}

func raws(ctx context.Context, db *sql.DB, query string, args ...any) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
