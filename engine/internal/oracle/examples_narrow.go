package oracle

// narrowExamples are R12.
func narrowExamples() []Example {
	return []Example{
		example("R12", "a field is denied on the types where it fails", `{ node { id } }`, "Page.id").narrow().
			wants(Partial, "node Query.node +", "node.id Node.id +").
			denied("node.id Page.id field Page.id"),
		example("R12", "a field that fails on every type is not sent", `{ owned { cost id } }`, "Product.cost", "Asset.cost").narrow().
			wants(Partial, "owned Query.owned +", "owned.cost Owned.cost -", "owned.id Owned.id +").
			denied("owned.cost Product.cost field Product.cost", "owned.cost Asset.cost field Asset.cost"),
		example("R12", "restricted types are taken out of the answer", `{ nodes { id } }`, "Asset").narrow().
			wants(Partial, "nodes Query.nodes +", "nodes.id Node.id +").
			denied("nodes Asset fragment Asset"),
		example("R12", "whatever is selected", `{ nodes { __typename } hit { ... on Page { title } } }`, "Asset", "Owned").narrow().
			wants(Partial, "nodes Query.nodes +", "nodes.__typename Node.__typename +", "hit Query.hit +", "hit.title Page.title +").
			denied("nodes Asset fragment Asset Owned", "nodes Product fragment Owned", "hit Product fragment Owned"),
		example("R12", "impossible fragments are dropped", `{ node { ... on Owned { id } id } }`, "Product", "Asset").narrow().
			wants(Partial, "node Query.node +", "node.id Owned.id +", "node.id Node.id +").
			denied("node Product fragment Product", "node Asset fragment Asset"),
		example("R12", "a field without a readable type is denied", `{ owned { id } }`, "Product", "Asset").narrow().
			wants(Partial, "owned Query.owned +", "owned.id Owned.id -").
			denied("owned Product fragment Product", "owned Asset fragment Asset", "owned.id Owned.id field Asset Product"),
		example("R12", "the field as written must hold", `{ node { id } me { name } }`, "Node").narrow().
			wants(Partial, "node Query.node -", "node.id Node.id -", "me Query.me +", "me.name User.name +").
			denied("node Query.node field Node", "node.id Node.id field Node"),
		example("R12", "a denied fragment and a type taken out are one denial", `{ node { ... on Page { title } ... on Product { title } } }`, "Page").narrow().
			wants(Partial, "node Query.node +", "node.title Page.title -", "node.title Product.title +").
			denied("node Page fragment Page"),
		example("R12", "on an object type nothing changes", `{ node { ... on Page { title } } page { id title } }`, "Page.title").narrow().
			wants(Partial, "node Query.node +", "node.title Page.title -", "page Query.page +", "page.id Page.id +", "page.title Page.title -").
			denied("node.title Page.title field Page.title", "page.title Page.title field Page.title"),
		example("R12", "an interface in a union", `{ hit { ... on Node { id } } }`, "Page", "Asset.id").narrow().
			wants(Partial, "hit Query.hit +", "hit.id Node.id +").
			denied("hit Page fragment Page"),
		example("R12", "fields of readable types beside unreadable ones", `{ nodes { ... on Owned { cost } } }`, "Asset", "Product.cost").narrow().
			wants(Partial, "nodes Query.nodes +", "nodes.cost Owned.cost -").
			denied("nodes Asset fragment Asset", "nodes.cost Product.cost field Product.cost"),
		example("R12", "a type denial beneath a denied field", `{ page { parent { __typename } } me { name } }`, "Query.page", "Asset").narrow().
			wants(Partial, "page Query.page -", "page.parent Page.parent +", "page.parent.__typename Node.__typename +", "me Query.me +", "me.name User.name +").
			denied("page Query.page field Query.page", "page.parent Asset fragment Asset"),
		example("R12", "nothing changes where nothing is restricted", `{ nodes { id ... on Owned { cost } } }`, "Page.title").narrow().
			wants(Allow, "nodes Query.nodes +", "nodes.id Node.id +", "nodes.cost Owned.cost +"),
	}
}

// narrowArgumentExamples are R14 where R12 applies.
func narrowArgumentExamples() []Example {
	return []Example{
		example("R14", "narrow: an argument restricted on one type", `{ owned { cost(in: RED) } }`, "Product.cost(in:)").narrow().
			wants(Partial, "owned Query.owned +", "owned.cost Owned.cost +").
			denied("owned.cost Product.cost argument@in Product.cost(in:)"),
		example("R14", "narrow: what an argument names is denied as written", `{ owned { cost(in: RED) id } }`, "Color.RED").narrow().
			wants(Partial, "owned Query.owned +", "owned.cost Owned.cost -", "owned.id Owned.id +").
			denied("owned.cost Owned.cost argument@in Color.RED"),
	}
}
