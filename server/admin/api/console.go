package api

import (
	"net/http"
	"time"

	"github.com/fieldgate/fieldgate/engine"
)

// What the console shows besides rows, and whoever else wants to.

// Catalog is the schema of the active revision with what restricts it.
type Catalog struct {
	Revision    RevisionID             `json:"revision"`
	Scopes      []string               `json:"scopes" doc:"names, sorted; covers are indices into it"`
	DataSources []engine.CatalogSource `json:"data_sources" doc:"in the order of the definition"`
	Types       []engine.CatalogType   `json:"types" doc:"by name, but for the scalars that every schema has"`
}

// ScopeDraft is a scope as someone is about to leave it.
type ScopeDraft struct {
	Scope       string   `json:"scope,omitempty" doc:"id of the scope that is edited; absent or empty for a new one"`
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	Entries     []string `json:"entries,omitempty"`
	Delete      bool     `json:"delete,omitempty" doc:"the scope is to go"`
}

// PreviewRows is how many rows the lists of a preview have at most, and PreviewWords how many the lists in a row.
const (
	PreviewRows  = 200
	PreviewWords = 50
)

// Preview is what an edit of a scope would do. Nothing of it is stored. Lists are sorted and have at most 200 rows, and
// those in a row 50: more says how many are left off.
type Preview struct {
	Problems []DraftProblem `json:"problems" doc:"what keeps the edit from being stored; the entries without problems are looked at all the same"`
	Covered  []string       `json:"covered" doc:"coordinates that the scope covers, or covered"`
	Guards   []DraftGuard   `json:"guards" doc:"inputs and derived outputs that will need what the scope covers (R14)"`
	Escapes  []DraftEscape  `json:"escapes" doc:"what may read what the scope covers without naming it"`
	YAML     string         `json:"yaml" doc:"of the scope's file; empty when the scope is to go"`
	Plan     *DraftPlan     `json:"plan,omitempty" doc:"against the active revision; absent when there is none"`
	More     map[string]int `json:"more,omitempty" doc:"rows left off, by list: problems, covered, guards, escapes, opened, restricted, tokens"`
}

// DraftProblem is something wrong with an edit.
type DraftProblem struct {
	Entry      string `json:"entry,omitempty" doc:"absent for the name, the description and the list as a whole"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
	Hint       string `json:"hint,omitempty"`
}

// DraftGuard is a guard of what a scope covers.
type DraftGuard struct {
	At        string   `json:"at"`
	Rule      string   `json:"rule"`
	StandsFor []string `json:"stands_for" doc:"of what the scope covers"`
	More      int      `json:"more,omitempty" doc:"left off stands_for"`
}

// DraftEscape is something that may read what a scope covers.
type DraftEscape struct {
	At        string   `json:"at"`
	Kind      string   `json:"kind"`
	StandsFor []string `json:"stands_for" doc:"of what the scope covers"`
	More      int      `json:"more,omitempty" doc:"left off stands_for"`
}

// DraftPlan is what an edit does to access.
type DraftPlan struct {
	Opened     []string     `json:"opened" doc:"becomes readable by every token"`
	Restricted []string     `json:"restricted" doc:"was readable by every token"`
	Tokens     []DraftToken `json:"tokens" doc:"those for whom something changes, by name; unrestricted ones read everything either way"`
	Unasked    int          `json:"unasked,omitempty" doc:"tokens that were not compared, since too many differ in their scopes"`
}

// DraftToken is what an edit does to a token.
type DraftToken struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Gains      []string `json:"gains"`
	Losses     []string `json:"losses"`
	MoreGains  int      `json:"more_gains,omitempty"`
	MoreLosses int      `json:"more_losses,omitempty"`
}

// Matrix is who can read how much of each type.
type Matrix struct {
	Revision uint64          `json:"revision"`
	Types    []MatrixType    `json:"types" doc:"object and interface types, by name"`
	Subjects []MatrixSubject `json:"subjects" doc:"holders of the same scopes: first who holds none, then by scopes, then unrestricted ones"`
	Unasked  int             `json:"unasked,omitempty" doc:"tokens that are not in it, since too many differ in their scopes"`
}

// MatrixType is a column.
type MatrixType struct {
	Name   string `json:"name"`
	Source int    `json:"source" doc:"index of its data source in the catalog, -1 for none"`
	Fields int    `json:"fields"`
}

// MatrixSubject is a row.
type MatrixSubject struct {
	Scopes       []string      `json:"scopes" doc:"names, sorted"`
	Unrestricted bool          `json:"unrestricted"`
	Tokens       []MatrixToken `json:"tokens" doc:"those that open something now, by name; at most 200"`
	More         int           `json:"more,omitempty" doc:"tokens that are left off"`
	Readable     []int         `json:"readable" doc:"fields that some operation of theirs reads, by type"`
}

// MatrixToken names a token.
type MatrixToken struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Stats are the decisions of the last hour, of requests to the guarded endpoint. They are in memory, and begin with the
// server. When much is denied at once, denied is an estimate.
type Stats struct {
	From        time.Time     `json:"from" doc:"when the first minute began"`
	StepSeconds int           `json:"step_seconds"`
	Minutes     []StatsMinute `json:"minutes" doc:"the last is the running one"`
	Denied      []StatsDenied `json:"denied" doc:"the coordinates that were denied most, at most 20"`
}

// StatsMinute counts the decisions of a minute.
type StatsMinute struct {
	At      time.Time `json:"at"`
	Allow   int       `json:"allow"`
	Partial int       `json:"partial"`
	Deny    int       `json:"deny"`
	Error   int       `json:"error"`
}

// StatsDenied counts the operations in which a coordinate was denied.
type StatsDenied struct {
	Coordinate string `json:"coordinate"`
	Count      int    `json:"count"`
	Minutes    []int  `json:"minutes" doc:"as minutes"`
}

func consoleRoutes() []Route {
	const layer = Prefix + "/layers/{layer}"
	return []Route{
		{ID: "getCatalog", Method: http.MethodGet, Path: layer + "/catalog", Summary: "The schema of the active revision, with what restricts it", Permission: ScopeRead, Response: Catalog{}, Status: 200, Others: []int{304}, Problems: []int{404, 409}},
		{ID: "previewScope", Method: http.MethodPost, Path: layer + "/scopes/preview", Summary: "What an edit of a scope would do; nothing is stored", Permission: ScopeRead, Request: ScopeDraft{}, Response: Preview{}, Status: 200, Problems: []int{404, 409, 413, 415}},
		{ID: "getMatrix", Method: http.MethodGet, Path: layer + "/matrix", Summary: "Who can read how much of each type", Permission: TokenRead, Response: Matrix{}, Status: 200, Problems: []int{404, 409}},
		{ID: "getView", Method: http.MethodGet, Path: layer + "/view.graphql", Summary: "The schema as a token, or whoever holds some scopes, sees it (R13)", Permission: ScopeRead, Parameters: []Parameter{
			{Name: "token", In: inQuery, Type: text, Doc: "id of a token that opens something now"},
			{Name: "scopes", In: inQuery, Type: text, Doc: "names, separated by commas; empty: none"},
			{Name: "unrestricted", In: inQuery, Type: flag, Doc: "an unrestricted token"},
		}, Media: "application/graphql", Status: 200, Problems: []int{404, 409}},
		{ID: "getStats", Method: http.MethodGet, Path: layer + "/stats", Summary: "Decisions of the last hour, and what was denied", Permission: LayerRead, Response: Stats{}, Status: 200, Problems: []int{404}},
		{ID: "watchLayer", Method: http.MethodGet, Path: layer + "/events", Summary: "What happens, as it does: server-sent events `sync` (a Sync, at each step) and `revision` (a RevisionID, when it is active); first those of now. It ends with the session", Permission: SyncRead, Media: "text/event-stream", Status: 200, Problems: []int{404}},
	}
}
