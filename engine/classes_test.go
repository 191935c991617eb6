package engine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// Asking for one coordinate of each class is asking for every coordinate.
func TestR2ClassesAnswerAsEachCoordinateWould(t *testing.T) {
	const schema = `
		interface Node { id: ID }
		type Query { users: [User] orders(by: Sort): [Order] }
		type User implements Node { id: ID email: String }
		type Order implements Node { id: ID total: Int user: User }
		enum Sort { ID TOTAL }`
	scopes := []string{
		"scope: mail\nfields: [User.email, User]", "scope: money\nfields: [Order.total, Sort.TOTAL]",
		"scope: all\nfields: [Order, User.email, '*.id']", "scope: node\nfields: [Node]",
	}
	for _, match := range []scope.Match{scope.MatchAny, scope.MatchAll} {
		in := Input{Layer: scope.DefaultLayer("test"), SchemaFile: "schema", Schema: schema}
		in.Layer.Match = match
		for _, text := range scopes {
			s, problems := scope.ParseScope("s.yaml", []byte(text))
			if problems != nil {
				t.Fatal(problems)
			}
			in.Scopes = append(in.Scopes, s)
		}
		draft, err := Compile(in)
		if err != nil {
			t.Fatal(err)
		}
		checkReadable(t, "match: "+string(match), draft, in)
	}
}

// A coordinate that the data does not list is not in the class of those that no scope covers.
func TestR16UnlistedCoordinateIsNotUnscoped(t *testing.T) {
	draft, err := Compile(Input{Layer: scope.DefaultLayer("test"), SchemaFile: "schema", Schema: "type Query { a: Int b: Int }"})
	if err != nil {
		t.Fatal(err)
	}
	delete(draft.Content.Coordinates, "Query.b")
	s, err := draft.Activate(t.Context(), 1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Decide(t.Context(), Request{Query: "{ a b }"})
	if err != nil || v.Decision() != DecisionPartial || v.Forward().Query != "{ a }" {
		t.Errorf("%v %+v", err, v)
	}
}

// Keys of lists are those of the same list only, whatever the names in it are made of.
func TestR2KeysTellListsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOfN(rapid.RuneFrom([]rune{0, 'a', '1', '2', ':', '-'}), 0, 4, -1)
		a, b := rapid.SliceOfN(name, 0, 4).Draw(t, "a"), rapid.SliceOfN(name, 0, 4).Draw(t, "b")
		if (listKey(a) == listKey(b)) != slices.Equal(a, b) || listKey(a) == unlistedKey {
			t.Fatalf("%q and %q have the keys %q and %q", a, b, listKey(a), listKey(b))
		}
	})
}
