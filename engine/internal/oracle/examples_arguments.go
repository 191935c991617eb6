package oracle

// argumentExamples are the explicit part of R14, for literals.
func argumentExamples() []Example {
	return []Example{
		search("an argument", `when: "x"`, "Query.search(when:)").denied("search Query.search argument@when Query.search(when:)"),
		search("an argument that is not written", `colors: []`, "Query.search(when:)", "Where").allowed(),
		search("null is written", `when: null`, "Query.search(when:)").denied("search Query.search argument@when Query.search(when:)"),
		search("the type of an argument", `where: {}`, "Where").denied("search Query.search argument@where Where"),
		search("an input field", `where: {color: RED, cost: 1}`, "Where.cost").denied("search Query.search argument@where.cost Where.cost"),
		search("the type of an input field", `where: {cost: 1}`, "Int").denied("search Query.search argument@where.cost Int"),
		search("a nested input field", `where: {and: [{color: RED}, {and: [{cost: null}]}]}`, "Where.cost").denied("search Query.search argument@where.and.and.cost Where.cost"),
		search("an enum value", `colors: [GREEN, RED]`, "Color.RED").denied("search Query.search argument@colors Color.RED"),
		search("another enum value", `colors: [GREEN]`, "Color.RED").allowed(),
		search("a single enum value for a list", `colors: RED`, "Color.RED").denied("search Query.search argument@colors Color.RED"),
		search("a single object for a list", `where: {and: {color: RED}}`, "Color.RED").denied("search Query.search argument@where.and.color Color.RED"),
		search("what a custom scalar holds is no coordinate", `when: {cost: RED}`, "Where.cost", "Color.RED").allowed(),
		search("the first failing argument in document order", `colors: RED, where: {when: "x", cost: 1}`, "Where.cost", "Where.when", "Query.search(where:)").
			denied("search Query.search argument@where Query.search(where:) Where.cost Where.when"),
		search("a field that fails too", `where: {cost: 1}`, "Where.cost", "Query.search").
			denied("search Query.search field@where.cost Query.search Where.cost"),
		example("R14", "an interface's argument restricts its implementers'", `{ product { cost(in: RED) id } }`, "Owned.cost(in:)").
			wants(Partial, "product Query.product +", "product.cost Product.cost -", "product.id Product.id +").
			denied("product.cost Product.cost argument@in Owned.cost(in:)"),
		example("R14", "an argument needs every possible object's", `{ owned { cost(in: RED) c: cost id } }`, "Product.cost(in:)").
			wants(Partial, "owned Query.owned +", "owned.cost Owned.cost -", "owned.c Owned.cost +", "owned.id Owned.id +").
			denied("owned.cost Owned.cost argument@in Product.cost(in:)"),
		example("R14", "aliases of one field are decided apart", `{ a: search(when: "x") { id } b: search { id } }`, "Query.search(when:)").
			wants(Partial, "a Query.search -", "a.id Product.id +", "b Query.search +", "b.id Product.id +").
			denied("a Query.search argument@when Query.search(when:)"),
	}
}

// search is an example of R14 on Query.search; it expects a denial of it.
func search(name, arguments string, closed ...string) Example {
	return example("R14", name, "{ search("+arguments+") { id } }", closed...).
		wants(Deny, "search Query.search -", "search.id Product.id +")
}

// allowed turns a search into one that is allowed.
func (e Example) allowed() Example {
	e.Want = Result{}
	return e.wants(Allow, "search Query.search +", "search.id Product.id +")
}

// variableExamples are the explicit part of R14, for variables.
func variableExamples() []Example {
	return []Example{
		variable("a variable's value", "$w: Where", "where: $w", "Where.cost").
			variables(map[string]any{"w": map[string]any{"and": []any{map[string]any{"cost": 1.0}}}}).
			denied("search Query.search argument@where.and.cost Where.cost"),
		variable("a variable's enum value", "$c: [Color!]", "colors: $c", "Color.RED").
			variables(map[string]any{"c": []any{"GREEN", "RED"}}).
			denied("search Query.search argument@colors Color.RED"),
		variable("a single value in a variable", "$c: [Color!]", "colors: $c", "Color.RED").
			variables(map[string]any{"c": "RED"}).
			denied("search Query.search argument@colors Color.RED"),
		variable("a variable's default", "$w: Where = {color: RED}", "where: $w", "Color.RED").
			denied("search Query.search argument@where.color Color.RED"),
		variable("a value in place of the default", "$w: Where = {color: RED}", "where: $w", "Color.RED").
			variables(map[string]any{"w": map[string]any{"color": "GREEN"}}).allowed(),
		variable("null in place of the default", "$w: Where = {cost: 1}", "where: $w", "Where.cost").
			variables(map[string]any{"w": nil}).allowed(),
		variable("a variable without a value is written", "$d: Date", "when: $d", "Query.search(when:)").
			denied("search Query.search argument@when Query.search(when:)"),
		variable("an input field with a variable without a value is written", "$n: Int", "where: {cost: $n}", "Where.cost").
			denied("search Query.search argument@where.cost Where.cost"),
		variable("a variable in an input field", "$c: Color", "where: {color: $c}", "Color.RED").
			variables(map[string]any{"c": "RED"}).
			denied("search Query.search argument@where.color Color.RED"),
		variable("a variable in a list", "$c: Color!", "colors: [GREEN, $c]", "Color.RED").
			variables(map[string]any{"c": "RED"}).
			denied("search Query.search argument@colors Color.RED"),
		variable("a null key in a variable's value is written", "$w: Where", "where: $w", "Where.cost").
			variables(map[string]any{"w": map[string]any{"cost": nil}}).
			denied("search Query.search argument@where.cost Where.cost"),
		variable("the value of an unused variable", "$w: Where, $x: Where = {cost: 1}", "where: $w", "Where.cost").
			variables(map[string]any{"x": map[string]any{"cost": 1.0}}).allowed(),
	}
}

func variable(name, declared, arguments string, closed ...string) Example {
	e := search(name, arguments, closed...)
	e.Case.Query = "query (" + declared + ") " + e.Case.Query
	return e
}

// directiveExamples are R14 for arguments of directives that are let through.
func directiveExamples() []Example {
	both := []string{"me Query.me -", "me.name User.name +"}
	denial := "me Query.me argument Color.RED"
	tagged := func(name, query string) Example {
		return example("R14", name, query, "Color.RED").directives("tag")
	}
	return []Example{
		tagged("a directive on a field", `{ me @tag(color: RED) { name } }`).wants(Deny, both...).denied(denial),
		tagged("a directive on the operation", `query @tag(like: {color: RED}) { me { name } }`).wants(Deny, both...).denied(denial),
		tagged("a directive on an inline fragment", `{ ... @tag(color: RED) { me { name } } }`).wants(Deny, both...).denied(denial),
		tagged("a directive on a spread", `{ ...F @tag(color: RED) } fragment F on Query { me { name } }`).wants(Deny, both...).denied(denial),
		tagged("a directive on a fragment definition", `{ ...F } fragment F on Query @tag(color: RED) { me { name } }`).wants(Deny, both...).denied(denial),
		tagged("a directive with a variable", `query ($c: Color = RED) { me @tag(color: $c) { name } }`).wants(Deny, both...).denied(denial),
		tagged("a directive with another value", `{ me @tag(color: GREEN) { name } }`).
			wants(Allow, "me Query.me +", "me.name User.name +"),
	}
}
