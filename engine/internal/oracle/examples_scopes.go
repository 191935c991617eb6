package oracle

// scopeExamples are R1 and R2: what entries cover and who may read it.
func scopeExamples() []Example {
	return []Example{
		example("R1", "type entry covers the type alone", `{ product { title } me { name } }`, "Product").
			wants(Partial, "product Query.product -", "product.title Product.title -", "me Query.me +", "me.name User.name +").
			denied("product Query.product field Product", "product.title Product.title field Product"),
		example("R1", "field entry covers the field alone", `{ me { name email } }`, "User.email").
			wants(Partial, "me Query.me +", "me.name User.name +", "me.email User.email -").
			denied("me.email User.email field User.email"),
		example("R1", "T.* covers neither the type nor __typename", `{ product { __typename title } }`, "Product.*").
			wants(Partial, "product Query.product +", "product.__typename Product.__typename +", "product.title Product.title -").
			denied("product.title Product.title field Product.title"),
		example("R1", "T.* does not cover arguments", `{ search(when: "x") { id } }`, "Query.*").
			wants(Deny, "search Query.search -", "search.id Product.id +").
			denied("search Query.search field Query.search"),
		example("R1", "bare globs match no enum, input or built-in scalar",
			`{ product { color title } search(where: {color: RED}) { id } }`, "C*", "W*", "S*", "I*").
			wants(Allow, "product Query.product +", "product.color Product.color +", "product.title Product.title +",
				"search Query.search +", "search.id Product.id +"),
		example("R1", "bare globs match custom scalars", `{ search(when: "x") { id } me { name } }`, "D*e").
			wants(Partial, "search Query.search -", "search.id Product.id +", "me Query.me +", "me.name User.name +").
			denied("search Query.search argument@when Date"),
		example("R1", "a bare star leaves enums, inputs and built-in scalars alone", `{ me { name } }`, "*").
			wants(Deny, "me Query.me -", "me.name User.name -").
			denied("me Query.me field Query User", "me.name User.name field User"),
		example("R1", "literal enum type entry matches", `{ product { color title } }`, "Color").
			wants(Partial, "product Query.product +", "product.color Product.color -", "product.title Product.title +").
			denied("product.color Product.color field Color"),
		example("R1", "literal built-in scalar entry matches", `{ product { id title } }`, "String").
			wants(Partial, "product Query.product +", "product.id Product.id +", "product.title Product.title -").
			denied("product.title Product.title field String"),
		example("R1", "*.x covers fields and input fields", `{ product { cost } search(where: {cost: 1}) { id } me { name } }`, "*.cost").
			wants(Partial, "product Query.product +", "product.cost Product.cost -", "search Query.search -", "search.id Product.id +",
				"me Query.me +", "me.name User.name +").
			denied("product.cost Product.cost field Owned.cost Product.cost", "search Query.search argument@where.cost Where.cost"),
		example("R1", "E.* covers enum values", `{ search(colors: [GREEN]) { color } }`, "Color.*").
			wants(Deny, "search Query.search -", "search.color Product.color +").
			denied("search Query.search argument@colors Color.GREEN"),
		example("R1", "star crosses no dot", `{ me { name } }`, "*email", "Us*name").
			wants(Allow, "me Query.me +", "me.name User.name +"),
		example("R1", "scoped enum value is enforced on input only", `{ product { color } }`, "Color.RED").
			wants(Allow, "product Query.product +", "product.color Product.color +"),
		example("R1", "entry that matches nothing covers nothing", `{ me { name } }`, "Ghost", "Ghost.*", "User.ghost", "Query.me(first:)").
			wants(Allow, "me Query.me +", "me.name User.name +"),
		example("R2", "unrestricted reads everything", `{ me { email } }`, "User", "User.email").
			with(func(c *Case) { c.Unrestricted, c.Held = true, nil }).
			wants(Allow, "me Query.me +", "me.email User.email +"),
		example("R2", "unknown scope names hold nothing", `{ me { email name } }`, "User.email").
			with(func(c *Case) { c.Held = []string{"unknown"} }).
			wants(Partial, "me Query.me +", "me.email User.email -", "me.name User.name +").
			denied("me.email User.email field User.email"),
		twoScopes("any").wants(Allow, "me Query.me +", "me.email User.email +", "me.name User.name +"),
		twoScopes("all").wants(Partial, "me Query.me +", "me.email User.email -", "me.name User.name +").
			denied("me.email User.email field User.email"),
		twoScopes("all").with(func(c *Case) { c.Held = []string{"a", "b"} }).renamed("match all with every covering scope held").
			wants(Allow, "me Query.me +", "me.email User.email +", "me.name User.name +"),
	}
}

// twoScopes has two scopes over one field and one that covers nothing else, of
// which the subject holds the first.
func twoScopes(match string) Example {
	return example("R2", "match "+match, `{ me { email name } }`).with(func(c *Case) {
		c.Scopes = map[string][]string{"a": {"User.email"}, "b": {"*.email"}, "c": {"Page"}}
		c.Held, c.Match = []string{"a"}, match
	})
}

func (e Example) renamed(name string) Example {
	e.Name, e.Case.ID = name, name
	return e
}

// selectionExamples are R3, and R13 on what __typename and introspection need.
func selectionExamples() []Example {
	return []Example{
		example("R3", "restricted interface restricts its implementers", `{ page { title } me { name } }`, "Node").
			wants(Partial, "page Query.page -", "page.title Page.title -", "me Query.me +", "me.name User.name +").
			denied("page Query.page field Node", "page.title Page.title field Node"),
		example("R3", "restricted interface field restricts the implementers' field", `{ page { id title } }`, "Node.id").
			wants(Partial, "page Query.page +", "page.id Page.id -", "page.title Page.title +").
			denied("page.id Page.id field Node.id"),
		example("R3", "interfaces of interfaces count", `{ owned { id owner { name } } }`, "Node.id").
			wants(Partial, "owned Query.owned +", "owned.id Owned.id -", "owned.owner Owned.owner +", "owned.owner.name User.name +").
			denied("owned.id Owned.id field Node.id"),
		example("R3", "a field needs its result type", `{ product { owner { name } title } }`, "User").
			wants(Partial, "product Query.product +", "product.owner Product.owner -", "product.owner.name User.name -", "product.title Product.title +").
			denied("product.owner Product.owner field User", "product.owner.name User.name field User"),
		example("R3", "a scope on the type does not open its field", `{ me { name email } }`, "User.email").
			with(func(c *Case) { c.Scopes["people"], c.Held = []string{"User"}, []string{"people"} }).
			wants(Partial, "me Query.me +", "me.name User.name +", "me.email User.email -").
			denied("me.email User.email field User.email"),
		example("R3", "a scope on the field does not open its type", `{ me { email } product { title } }`, "User").
			with(func(c *Case) { c.Scopes["mail"], c.Held = []string{"User.email"}, []string{"mail"} }).
			wants(Partial, "me Query.me -", "me.email User.email -", "product Query.product +", "product.title Product.title +").
			denied("me Query.me field User", "me.email User.email field User"),
		example("R3", "restricted root type", `{ me { name } }`, "Query").
			wants(Deny, "me Query.me -", "me.name User.name +").
			denied("me Query.me field Query"),
		example("R13", "__typename needs its parent type alone", `{ hit { __typename } me { __typename email } }`, "Node", "Product", "User.*").
			wants(Partial, "hit Query.hit +", "hit.__typename Hit.__typename +", "me Query.me +", "me.__typename User.__typename +", "me.email User.email -").
			denied("me.email User.email field User.email"),
		example("R13", "__typename needs the interfaces of its parent", `{ owned { __typename } hit { __typename } }`, "Node").
			wants(Partial, "owned Query.owned -", "owned.__typename Owned.__typename -", "hit Query.hit +", "hit.__typename Hit.__typename +").
			denied("owned Query.owned field Node", "owned.__typename Owned.__typename field Node"),
		example("R13", "introspection needs nothing", `{ __schema { queryType { name } } t: __type(name: "User") { name } me { name } }`, "Query", "String").
			wants(Partial, "__schema Query.__schema +", "t Query.__type +", "me Query.me -", "me.name User.name -").
			denied("me Query.me field Query", "me.name User.name field String"),
		example("R3", "selections beneath a denied field are decided too", `{ me { name email } product { title } }`, "Query.me", "User.email").
			wants(Partial, "me Query.me -", "me.name User.name +", "me.email User.email -", "product Query.product +", "product.title Product.title +").
			denied("me Query.me field Query.me", "me.email User.email field User.email"),
	}
}
