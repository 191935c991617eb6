package gql

import (
	"slices"
	"strings"
	"unicode"
)

// fold returns a name without what only separates words: PROCESSED_AT and processedAt are the same.
func fold(name string) string {
	plain := true
	for i := range len(name) {
		if c := name[i]; c == '_' || c >= 'A' && c <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return name
	}
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

// wordsOf splits a name at underscores and humps, in lower case. There is at least one word.
func wordsOf(name string) []string {
	var out []string
	runes := []rune(name)
	start := 0
	cut := func(end int) {
		if end > start {
			out = append(out, strings.ToLower(string(runes[start:end])))
		}
	}
	for i, r := range runes {
		switch {
		case r == '_':
			cut(i)
			start = i + 1
		case i > start && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			cut(i)
			start = i
		}
	}
	cut(len(runes))
	if out == nil {
		return []string{name} // nothing but underscores
	}
	return out
}

// singular takes the plural off a word, as far as comparing needs it.
func singular(word string) string {
	switch {
	case len(word) > 4 && strings.HasSuffix(word, "ies"):
		return word[:len(word)-3] + "y"
	case len(word) > 4 && (strings.HasSuffix(word, "sses") || strings.HasSuffix(word, "xes") || strings.HasSuffix(word, "ches")):
		return word[:len(word)-2]
	case len(word) > 2 && strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "us"):
		return word[:len(word)-1]
	}
	return word
}

func wordSet(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}

var (
	// operators are words that say how a value is compared; after a field's name they change nothing
	// about what is read. Also the operators' own input fields, which stand for no field.
	operators = wordSet(`eq equals ne neq not in nin notin gt gte ge lt lte le like nlike ilike nilike similar nsimilar regex iregex nregex niregex matches glob
		contains icontains includes excludes starts ends with startswith endswith prefix suffix exists exist isnull is null empty between range
		min max from to start end since until before after some every none any all one of oneof noneof containsall containsany overlaps
		asc desc ascending descending nulls first last count length size insensitive sensitive mode case contained has key keys value values eval`)
	// combinators hold inputs that stand beside the same type.
	combinators = wordSet(`and or not nor xor some every none any all elemmatch match is isnot single has where filter filters filterby by with
		sort sortby sortkey orderby order field fields groupby group distinct distincton on key keys column columns select selector
		searchablefields condition conditions input options params args avg average min max sum stddev stddevpop stddevsamp
		variance varpop varsamp count aggregate having cursor initialvalue ordering eval`)
	// selectors are names of inputs whose enum values name fields.
	selectors = wordSet(`sort sortby sortkey sortkeys sortfield orderby order field fields groupby group distinct distincton by on key keys column columns
		select selector searchablefields having ordering`)
	// neutral names page through a list, turn it around, or set the context of an answer.
	neutral = wordSet(`first last after before limit skip offset page pagesize perpage take top start cursor count reverse direction order dir desc asc
		nulls pagination paging locale fallbacklocale branch langcode language languagecode revision preview format transform rank relevance bestselling manual
		random collectiondefault ordering mode includeunpublished unavailableproducts`)
	// freeTexts are names of arguments that search: what they search is not in the schema.
	freeTexts = wordSet(`search query q text term terms searchterm searchtext searchquery fulltext fulltextsearch keyword keywords savedsearch lucene
		searchstring filterquery expression jsonfilter filterstring querystring`)
	// untyped are scalars that can hold anything.
	untyped = wordSet(`json jsonobject jsonb any object map mixed genericscalar dictionary unstructured jsonarray hash`)
	// countWords beside the name of a relation ask how many there are.
	countWords = wordSet(`number of count total num has is with no exist quantity at least most min max`)
	// fillers say nothing about which field is meant.
	leading  = wordSet(`has is by with min max from to are no not the for`)
	trailing = wordSet(`id ids slug slugs key keys at from to range min max after before since until on between`)
	// passThrough are the parts of an aggregate's name that hold values by field.
	aggregates = wordSet(`aggregate aggregates aggregated aggregation avg average sum min max mean median stddev variance var count distinctcount distinct group grouped groups
		groupby stats statistics fields facets facet buckets bucket keys selection pop samp having stddevpopulation stddevsample variancepopulation variancesample
		minimum maximum total totals percentile summary`)
	// aggregateTypes are further words in the names of types that hold aggregates.
	aggregateTypes = wordSet(`by output type result results select columns response`)
)

// synonyms are names that different parts of one API use for the same field.
var synonyms = func() map[string]string {
	out := map[string]string{}
	for _, group := range []string{
		"created creation creationdate datecreated createddate publishedon",
		"updated lastmodified modified datemodified modifieddate changed lastchange updateddate datechanged lastupdated",
		"user customer buyer",
		"phone phonenumber telephone",
		"email emailaddress mail",
		"zip zipcode postalcode",
	} {
		names := strings.Fields(group)
		for _, n := range names {
			out[n] = names[0]
		}
	}
	return out
}()

// canonical reduces a name to the words that say which field is meant.
func canonical(words []string) []string {
	for len(words) > 1 && leading[words[0]] {
		words = words[1:]
	}
	for len(words) > 1 && trailing[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = singular(w)
	}
	if whole, ok := synonyms[strings.Join(out, "")]; ok {
		return []string{whole}
	}
	for i, w := range out {
		if s, ok := synonyms[w]; ok {
			out[i] = s
		}
	}
	return out
}

// begins reports whether list begins with all of head and has more.
func begins(list, head []string) bool {
	return len(list) > len(head) && slices.Equal(list[:len(head)], head)
}

// allIn reports whether every word is in the set; true for none.
func allIn(words []string, set map[string]bool) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !set[w] })
}
