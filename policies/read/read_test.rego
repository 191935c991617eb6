package fieldgate.read_test

import data.fieldgate.read

# A small schema: User is unscoped, User.email is covered by one scope and
# Order.total by two.
coordinates := {
	"User": {},
	"User.email": {"s-mail": true},
	"Order.total": {"s-finance": true, "s-sales": true},
}

everything := object.keys(coordinates)

layer(match) := {"match": match}

# What a subject reads of `everything`, under `match: any` or `match: all`.
reads(match, subject) := allowed if {
	question := object.union({"scopes": [], "unrestricted": false, "coordinates": everything}, subject)
	allowed := read.allowed with input as question
		with data.fieldgate.layer as layer(match)
		with data.fieldgate.coordinates as coordinates
}

# The same for an input as it stands.
answers(question) := allowed if {
	allowed := read.allowed with input as question
		with data.fieldgate.layer as layer("any")
		with data.fieldgate.coordinates as coordinates
}

# What a holder of every scope reads of `names` when the data is `known`.
finds(match, known, names) := allowed if {
	question := {"scopes": ["s-mail", "s-finance", "s-sales", 0], "unrestricted": false, "coordinates": names}
	allowed := read.allowed with input as question
		with data.fieldgate.layer as layer(match)
		with data.fieldgate.coordinates as known
}

# R2: no scope covers it.

test_r2_no_scopes_read_only_the_unscoped if {
	reads("any", {}) == {"User"}
	reads("all", {}) == {"User"}
}

test_r2_a_foreign_scope_opens_nothing if {
	reads("any", {"scopes": ["s-other"]}) == {"User"}
	reads("all", {"scopes": ["s-other"]}) == {"User"}
}

# R2: the subject holds a scope that covers it.

test_r2_a_scope_opens_what_it_covers_and_nothing_else if {
	reads("any", {"scopes": ["s-mail"]}) == {"User", "User.email"}
	reads("all", {"scopes": ["s-mail"]}) == {"User", "User.email"}
}

test_r2_any_scope_of_several_opens_under_match_any if {
	reads("any", {"scopes": ["s-sales"]}) == {"User", "Order.total"}
	reads("any", {"scopes": ["s-sales", "s-finance"]}) == {"User", "Order.total"}
}

test_r2_every_scope_of_several_is_needed_under_match_all if {
	reads("all", {"scopes": ["s-sales"]}) == {"User"}
	reads("all", {"scopes": ["s-sales", "s-other"]}) == {"User"}
	reads("all", {"scopes": ["s-sales", "s-finance"]}) == {"User", "Order.total"}
	reads("all", {"scopes": ["s-sales", "s-finance", "s-mail"]}) == everything
}

test_r2_scope_ids_are_compared_whole if {
	reads("any", {"scopes": ["s-mai", "s-mail2", "S-MAIL", ""]}) == {"User"}
}

test_r2_scopes_may_be_a_set if {
	reads("any", {"scopes": {"s-mail"}}) == {"User", "User.email"}
	reads("all", {"scopes": {"s-sales", "s-finance"}}) == {"User", "Order.total"}
	reads("any", {"scopes": set()}) == {"User"}
}

# R2: the subject is unrestricted.

test_r2_unrestricted_reads_everything_that_exists if {
	reads("any", {"unrestricted": true}) == everything
	reads("all", {"unrestricted": true}) == everything
}

test_r2_unrestricted_needs_no_scopes_in_the_input if {
	answers({"unrestricted": true, "coordinates": ["User.email"]}) == {"User.email"}
}

test_r4_unrestricted_is_the_boolean_true_and_nothing_like_it if {
	mistaken := [false, null, 0, 1, "true", "", [], [true], {}, {"unrestricted": true}]
	every value in mistaken {
		reads("any", {"unrestricted": value}) == {"User"}
	}
}

# Only what is asked for and exists is returned.

test_r2_only_what_is_asked_is_returned if {
	reads("any", {"unrestricted": true, "coordinates": ["User.email"]}) == {"User.email"}
	reads("any", {"coordinates": ["User"]}) == {"User"}
	reads("any", {"unrestricted": true, "coordinates": []}) == set()
}

test_r2_a_coordinate_that_does_not_exist_is_read_by_nobody if {
	names := {"coordinates": ["Ghost", "User.ghost", "", "user", "User.email "]}
	reads("any", object.union(names, {"unrestricted": true})) == set()
	reads("any", object.union(names, {"scopes": ["s-mail"]})) == set()
	reads("all", object.union(names, {"scopes": ["s-mail"]})) == set()
}

test_r2_coordinates_may_be_repeated if {
	reads("any", {"coordinates": ["User", "User", "User.email"]}) == {"User"}
}

# R16: input that is missing or of another type opens nothing.

test_r16_no_input_reads_nothing if {
	allowed := read.allowed with data.fieldgate.layer as layer("any")
		with data.fieldgate.coordinates as coordinates
	allowed == set()
}

test_r16_an_input_of_another_type_reads_nothing if {
	every question in [null, true, 0, "", [], {}, ["User"], "User"] {
		answers(question) == set()
	}
}

test_r16_no_scopes_in_the_input_is_no_scopes if {
	answers({"unrestricted": false, "coordinates": everything}) == {"User"}
	answers({"coordinates": everything}) == {"User"}
}

test_r16_scopes_of_another_type_hold_nothing if {
	every scopes in [null, true, 0, "s-mail", {}, {"s-mail": true}, {"scope": "s-mail"}] {
		reads("any", {"scopes": scopes}) == {"User"}
	}
	every scopes in [[null, true, 0, ["s-mail"], {"s-mail": true}], [["s-mail", "s-sales"]]] {
		reads("any", {"scopes": scopes}) == {"User"}
	}
}

test_r16_no_coordinates_in_the_input_reads_nothing if {
	answers({"scopes": ["s-mail"], "unrestricted": true}) == set()
}

test_r16_coordinates_of_another_type_read_nothing if {
	every names in [null, true, 0, "User", {}, [null, true, 0, ["User"], {"User": true}]] {
		reads("any", {"unrestricted": true, "coordinates": names}) == set()
	}
}

# R16: data that is missing or of another type opens nothing.

test_r16_no_data_reads_nothing if {
	allowed := read.allowed with input as {"scopes": ["s-mail"], "unrestricted": true, "coordinates": everything}
	allowed == set()
}

test_r16_data_of_another_type_reads_nothing if {
	every known in [null, true, 0, "", "User", [], [{}], ["User"], {}] {
		finds("any", known, ["User", "User.email", 0, null]) == set()
		finds("all", known, ["User", "User.email", null]) == set()
	}
}

test_r16_covers_of_another_type_read_nothing if {
	every covers in [null, true, 0, "", "s-mail", [], ["s-mail"], ["s-mail", 0]] {
		finds("any", {"User": {}, "User.email": covers}, everything) == {"User"}
		finds("all", {"User": {}, "User.email": covers}, everything) == {"User"}
	}
}

test_r2_a_match_that_is_neither_any_nor_all_opens_nothing if {
	every match in [null, true, 0, "", "ANY", "some", [], ["any"], {"any": true}] {
		reads(match, {"scopes": ["s-mail", "s-finance", "s-sales"]}) == {"User"}
		reads(match, {"unrestricted": true}) == everything
	}
}

test_r16_no_layer_opens_nothing if {
	question := {"scopes": ["s-mail"], "unrestricted": false, "coordinates": everything}
	allowed := read.allowed with input as question
		with data.fieldgate.coordinates as coordinates
	allowed == {"User"}
}

test_r2_what_a_scope_maps_to_does_not_matter if {
	every value in [true, false, null, 0, {}] {
		known := {"User.email": {"s-mail": value}, "Order.total": {"s-finance": value, "s-other": value}}
		finds("any", known, everything) == {"User.email", "Order.total"}
		finds("all", known, everything) == {"User.email"}
	}
}
