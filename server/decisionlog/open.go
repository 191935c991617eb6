package decisionlog

import (
	"fmt"
	"io"
	"net/http"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// Outside is what a log that is opened by settings reaches: only what its sink needs must be there.
type Outside struct {
	Stdout io.Writer
	Client *http.Client                     // for uploads
	Lookup func(name string) (string, bool) // of environment variables in the URL
}

// Open starts the log that the settings describe; nil, which logs nothing, when it is off. Sink, Sample
// and Erase of the options come from the settings. The errors name what in the settings is wrong, and
// hold no value of a variable.
func Open(s scope.DecisionLog, outside Outside, o Options) (*Log, error) {
	o.Sample, o.Erase = s.Sample, s.Erase
	switch s.To {
	case scope.DecisionLogStdout:
		o.Sink = NewWriter(outside.Stdout)
	case scope.DecisionLogFile:
		o.Sink = NewFile(s.Path)
	case scope.DecisionLogHTTP:
		url, err := scope.Expand(s.URL, outside.Lookup)
		if err != nil {
			return nil, fmt.Errorf("decision_log.url: %w", err)
		}
		o.Sink = NewUpload(UploadOptions{Client: outside.Client, URL: url})
	default:
		return nil, nil //nolint:nilnil // a nil log logs nothing
	}
	return New(o), nil
}
