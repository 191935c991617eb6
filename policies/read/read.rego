# METADATA
# title: Who may read what
# description: |
#   Rule R2. A coordinate is readable for a subject when the subject is
#   unrestricted, or no scope covers it, or the subject holds a scope that covers
#   it. With `match: all` the subject must hold every scope that covers it.
#
#   data.fieldgate.coordinates has every coordinate of the schema, each with an
#   object whose keys are the ids of the scopes that cover it. What it does not
#   have is not readable, for anybody: what is not found here is denied.
# schemas:
#   - input: schema["read-input"]
package fieldgate.read

# METADATA
# title: Readable coordinates
# description: Those of input.coordinates that the subject may read, as a set.
# entrypoint: true
allowed contains coordinate if {
	input.unrestricted == true
	some coordinate, _ in asked
}

allowed contains coordinate if {
	some coordinate, covers in asked
	covers == set()
}

allowed contains coordinate if {
	data.fieldgate.layer.match == "any"
	some coordinate, covers in asked
	covers & held != set()
}

allowed contains coordinate if {
	data.fieldgate.layer.match == "all"
	some coordinate, covers in asked
	covers & held == covers
}

# The coordinates that were asked for and exist, each with the scopes that cover
# it. They are looked up by key, so the cost is that of the question and not of
# the schema; `known` is bound first because that halves the cost of a look-up.
asked := {coordinate: covers |
	known := data.fieldgate.coordinates
	is_object(known)
	some coordinate in input.coordinates
	covers := object.keys(known[coordinate])
}

# The ids of the scopes that the subject holds: a list in JSON, a set in Go. What is
# neither holds nothing.
held := input.scopes if is_set(input.scopes)

held := {scope | some scope in input.scopes} if is_array(input.scopes)
