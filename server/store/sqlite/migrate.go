package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"

	"github.com/fieldgate/fieldgate/server/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema to the newest version that this binary knows, each step in a transaction of its own. It refuses
// with store.ErrNewer, and changes nothing, when the database has a later one.
func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	current, known, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > known {
		return fmt.Errorf("%w: its schema is %d, this one knows %d", store.ErrNewer, current, known)
	}
	_, err = provider.Up(ctx)
	return err
}
