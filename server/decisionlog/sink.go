package decisionlog

import (
	"context"
	"io"

	lumberjack "gopkg.in/natefinch/lumberjack.v2"
)

// writer is a sink for whatever takes lines.
type writer struct {
	w     io.Writer
	close func() error
}

// NewWriter returns a sink that writes a line for each event, as to standard output. It does not close w.
func NewWriter(w io.Writer) Sink { return &writer{w: w, close: func() error { return nil }} }

// How files are rotated.
const (
	fileMegabytes = 100
	fileBackups   = 10
)

// NewFile returns a sink that appends a line for each event to a file, which only its owner may read. At
// 100 MB it is renamed, and ten of those are kept, compressed.
func NewFile(path string) Sink {
	file := &lumberjack.Logger{Filename: path, MaxSize: fileMegabytes, MaxBackups: fileBackups, Compress: true}
	return &writer{w: file, close: file.Close}
}

// Write writes lines.
func (s *writer) Write(_ context.Context, lines []byte, events int) error {
	if _, err := s.w.Write(lines); err != nil {
		return &LostError{events, err}
	}
	return nil
}

// Flush has nothing to do.
func (*writer) Flush(context.Context) error { return nil }

// Close closes the file, if there is one.
func (s *writer) Close() error { return s.close() }
