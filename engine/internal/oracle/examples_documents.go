package oracle

// documentExamples are R8, R9 and what is refused outright.
func documentExamples() []Example {
	return []Example{
		example("R8", "aliases do not matter", `{ x: me { name: email y: name } }`, "User.email").
			wants(Partial, "x Query.me +", "x.name User.email -", "x.y User.name +").
			denied("x.name User.email field User.email"),
		example("R8", "one response key, two coordinates", `{ node { ... on Product { x: title } ... on Page { x: title } } }`, "Page.title").
			wants(Partial, "node Query.node +", "node.x Product.title +", "node.x Page.title -").
			denied("node.x Page.title field Page.title"),
		example("R8", "@skip and @include change nothing", `{ me { email @skip(if: true) name } ... @include(if: false) { product { title } } }`, "User.email", "Product").
			wants(Partial, "me Query.me +", "me.email User.email -", "me.name User.name +", "product Query.product -", "product.title Product.title -").
			denied("me.email User.email field User.email", "product Query.product field Product", "product.title Product.title field Product"),
		example("R8", "@defer and @stream are decided", `{ me { ... @defer(label: "l") { email name } } nodes @stream(initialCount: 1) { id } }`, "User.email", "Node.id").
			wants(Partial, "me Query.me +", "me.email User.email -", "me.name User.name +", "nodes Query.nodes +", "nodes.id Node.id -").
			denied("me.email User.email field User.email", "nodes.id Node.id field Node.id"),
		example("R8", "a directive that is not listed is refused", `{ me @tag { name } }`, "Page").wants(Deny),
		example("R8", "a directive that is listed is let through", `{ me @tag { name } }`, "Page").directives("tag").
			wants(Allow, "me Query.me +", "me.name User.name +"),
		example("R8", "reserved aliases are refused", `{ me { __fieldgate_1: name } }`, "Page").wants(Deny),
		example("R9", "only the named operation is decided", `query A { me { name } } query B { me { email } } fragment F on User { email }`, "User.email").
			with(func(c *Case) { c.OperationName = "A" }).
			wants(Allow, "me Query.me +", "me.name User.name +"),
		example("R9", "the other operation is denied", `query A { me { name } } query B { me { email } }`, "User.email").
			with(func(c *Case) { c.OperationName = "B" }).
			wants(Partial, "me Query.me +", "me.email User.email -").
			denied("me.email User.email field User.email"),
		example("R9", "unused variables and fragments are dropped", `query ($w: Where = {cost: 1}) { me { name } } fragment F on User { email }`, "User.email", "Where").
			wants(Allow, "me Query.me +", "me.name User.name +"),
		example("R15", "a mutation with a denial is denied", `mutation { reset rename(name: "x") { name } }`, "Mutation.rename").
			wants(Deny, "reset Mutation.reset +", "rename Mutation.rename -", "rename.name User.name +").
			denied("rename Mutation.rename field Mutation.rename"),
		example("R15", "an allowed root field with nothing under it is left", `{ me { email } }`, "User.email").
			wants(Partial, "me Query.me +", "me.email User.email -").
			denied("me.email User.email field User.email"),
		example("R15", "a repeated key is denied when one writing is", `{ node { __typename } node { id } }`, "Asset").
			wants(Deny, "node Query.node -", "node.__typename Node.__typename +", "node.id Node.id -").
			denied("node Query.node field Asset", "node.id Node.id field Asset"),
	}
}

// fragmentExamples are R10.
func fragmentExamples() []Example {
	return []Example{
		example("R10", "a fragment on a restricted object type is denied", `{ node { ... on Page { title } ... on Product { title } } }`, "Page").
			wants(Partial, "node Query.node +", "node.title Page.title -", "node.title Product.title +").
			denied("node Page fragment Page"),
		example("R10", "a fragment on an object type of a restricted interface is denied", `{ hit { ...F ... on Page { title } } } fragment F on Product { title }`, "Owned").
			wants(Partial, "hit Query.hit +", "hit.title Product.title -", "hit.title Page.title +").
			denied("hit Product fragment Owned"),
		example("R10", "nothing inside a denied fragment is a denial", `{ node { ... on Page { title hero { ... on Product { title } } } } }`, "Page", "Page.title", "Product").
			wants(Partial, "node Query.node +", "node.title Page.title -", "node.hero Page.hero -", "node.hero.title Product.title -").
			denied("node Page fragment Page"),
		example("R10", "the same key outside the denied fragment", `{ node { ... on Page { id } } page { id } }`, "Page").
			wants(Partial, "node Query.node +", "node.id Page.id -", "page Query.page -", "page.id Page.id -").
			denied("node Page fragment Page", "page Query.page field Page", "page.id Page.id field Page"),
		example("R10", "a fragment on a restricted interface is decided by selection", `{ node { ... on Owned { id __typename } ... on Page { id } } }`, "Owned").
			wants(Deny, "node Query.node -", "node.id Owned.id -", "node.__typename Owned.__typename -", "node.id Page.id +").
			denied("node Query.node field Owned", "node.id Owned.id field Owned", "node.__typename Owned.__typename field Owned"),
		example("R10", "a denied fragment at the root", `{ ... on Query { me { name } __typename } }`, "Query").
			wants(Deny, "me Query.me -", "me.name User.name -", "__typename Query.__typename -").
			denied(". Query fragment Query"),
	}
}

// possibleTypeExamples are R11.
func possibleTypeExamples() []Example {
	return []Example{
		example("R11", "an interface field needs every possible object's field", `{ node { id } }`, "Page.id").
			wants(Partial, "node Query.node +", "node.id Node.id -").
			denied("node.id Node.id field Page.id"),
		example("R11", "a fragment narrows the possible types", `{ node { ... on Owned { id } ... { id } } }`, "Page.id").
			wants(Partial, "node Query.node +", "node.id Owned.id +", "node.id Node.id -").
			denied("node.id Node.id field Page.id"),
		example("R11", "fragments within each other narrow further", `{ hit { ... on Node { ... on Owned { id } } } }`, "Page.id", "Asset.id").
			wants(Allow, "hit Query.hit +", "hit.id Owned.id +"),
		example("R11", "a named fragment is decided where it is spread", `{ a: node { ...F } b: hit { ...F } c: product { ...F } } fragment F on Node { id }`, "Asset.id").
			wants(Partial, "a Query.node +", "a.id Node.id -", "b Query.hit +", "b.id Node.id +", "c Query.product +", "c.id Node.id +").
			denied("a.id Node.id field Asset.id"),
		example("R11", "where no object is possible nothing more is needed", `{ page { ... on Node { ... on Owned { id } } } }`, "Product.id", "Asset").
			wants(Allow, "page Query.page +", "page.id Owned.id +"),
		example("R11", "a field of abstract type needs the types its selections apply to", `{ nodes { id } me { name } }`, "Asset").
			wants(Partial, "nodes Query.nodes -", "nodes.id Node.id -", "me Query.me +", "me.name User.name +").
			denied("nodes Query.nodes field Asset", "nodes.id Node.id field Asset"),
		example("R11", "__typename applies to no type", `{ nodes { __typename ... on Owned { __typename } } }`, "Asset").
			wants(Allow, "nodes Query.nodes +", "nodes.__typename Node.__typename +", "nodes.__typename Owned.__typename +"),
		example("R11", "selections in fragments on object types do not count", `{ nodes { ... on Owned { ... on Product { title } } ... on Page { ... on Node { id } } } }`, "Asset").
			wants(Allow, "nodes Query.nodes +", "nodes.title Product.title +", "nodes.id Node.id +"),
		example("R11", "deeper fields answer for themselves", `{ node { ... on Page { parent { id } title } } }`, "Asset").
			wants(Partial, "node Query.node +", "node.parent Page.parent -", "node.parent.id Node.id -", "node.title Page.title +").
			denied("node.parent Page.parent field Asset", "node.parent.id Node.id field Asset"),
	}
}
