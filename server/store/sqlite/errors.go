package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"syscall"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/fieldgate/fieldgate/server/store"
)

// translate tells the errors of store.Store from SQLite's own.
func translate(err error) error {
	var e *driver.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return store.ErrNotFound
	case errors.As(err, &e):
		return translateCode(e.Code(), err)
	default:
		return translateOS(err)
	}
}

func translateCode(code int, err error) error {
	switch {
	// The second is a disk without room for the index of the WAL.
	case code&0xff == codes.SQLITE_FULL, code == codes.SQLITE_IOERR_SHMSIZE:
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	case code == codes.SQLITE_CONSTRAINT_UNIQUE, code == codes.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", store.ErrConflict, err)
	}
	return err
}

// cancelled names the reason when a transaction was gone because its context had ended.
func cancelled(ctx context.Context, err error) error {
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// translateOS tells a full disk from other errors of files.
func translateOS(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return err
}

// refusal reports whether err is one that a method of a writer returns after it has changed nothing.
func refusal(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrStale)
}
