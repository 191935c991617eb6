package api

// Explanation is why a subject can or cannot read a coordinate by any operation.
type Explanation struct {
	Coordinate string   `json:"coordinate"`
	Readable   bool     `json:"readable"`
	Query      string   `json:"query" doc:"the shortest operation that reads it: as the subject when it can, as a holder of every scope when it cannot; empty when there is none"`
	Needs      []Need   `json:"needs" doc:"what selecting or using it needs (R3)"`
	Denied     []Need   `json:"denied" doc:"what stands in the way in the query"`
	Add        []string `json:"add" doc:"a smallest set of scopes that would be enough, besides those held"`
	Hopeless   bool     `json:"hopeless" doc:"no set of scopes is enough"`
}

// Need is a coordinate that must be readable.
type Need struct {
	Coordinate string   `json:"coordinate"`
	Why        string   `json:"why"`
	Readable   bool     `json:"readable"`
	At         []string `json:"at,omitempty" doc:"the path in the query that needs it"`
	Covers     []Cover  `json:"covers" doc:"none: everyone may read it"`
}

// Cover is an entry of a scope that covers a coordinate.
type Cover struct {
	Scope string `json:"scope"`
	Held  bool   `json:"held"`
	Entry string `json:"entry"`
	File  string `json:"file,omitempty"`
}

// Readers is who can read a coordinate. Unrestricted tokens always can.
type Readers struct {
	Coordinate string   `json:"coordinate"`
	Everyone   bool     `json:"everyone" doc:"every token can"`
	Scopes     []string `json:"scopes" doc:"each by itself is enough"`
	Together   []string `json:"together" doc:"a smallest set that is enough when no scope is by itself"`
	Query      string   `json:"query" doc:"the shortest operation that reads it, with every scope"`
}

// Guard is an input or derived output that stands for reading fields (R14).
type Guard struct {
	Coordinate string   `json:"coordinate"`
	Rule       string   `json:"rule"`
	StandsFor  []string `json:"stands_for"`
}
