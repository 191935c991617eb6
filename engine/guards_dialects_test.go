package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// TestR14Dialects: what servers that are in wide use generate for a restricted `Product.cost` is found, and
// what stands beside it is not.
func TestR14Dialects(t *testing.T) {
	const product = "type Product { id: ID! name: String cost: Float owner: Owner } type Owner { name: String product: Product }\n"
	for name, c := range map[string]struct {
		sdl     string
		guarded string
		open    string
		escapes string
	}{
		"hasura": {
			sdl: `type Query { products(where: products_bool_exp, order_by: [products_order_by!], distinct_on: [products_select_column!]): [Product!]!
				products_aggregate(where: products_bool_exp): products_aggregate! products_by_pk(id: ID!): Product
				owners(where: owners_bool_exp, order_by: [owners_order_by!]): [Owner!]! }
			type Subscription { products_stream(cursor: [products_stream_cursor_input]!): [Product!]! }
			input products_stream_cursor_input { initial_value: products_stream_cursor_value_input! ordering: order_by }
			input products_stream_cursor_value_input { name: String cost: Float }
			type products_aggregate { aggregate: products_aggregate_fields nodes: [Product!]! }
			type products_aggregate_fields { count: Int! avg: products_avg_fields stddev_pop: products_stddev_pop_fields }
			type products_avg_fields { cost: Float } type products_stddev_pop_fields { cost: Float }
			input products_bool_exp { _and: [products_bool_exp!] _not: products_bool_exp name: cmp cost: cmp owner: owners_bool_exp }
			input owners_bool_exp { _or: [owners_bool_exp!] name: cmp product: products_bool_exp }
			input cmp { _eq: String _gt: String _is_null: Boolean }
			input products_order_by { name: order_by cost: order_by } input owners_order_by { name: order_by product: products_order_by }
			enum order_by { asc desc } enum products_select_column { name cost }`,
			guarded: "products_bool_exp.cost products_order_by.cost products_select_column.cost products_avg_fields.cost products_stddev_pop_fields.cost products_stream_cursor_value_input.cost",
			open:    "products_bool_exp.name products_bool_exp._and products_order_by.name cmp._gt order_by.asc products_aggregate_fields.count owners_bool_exp.product owners_bool_exp.name",
		},
		"prisma": {
			sdl: `type Query { findManyProduct(where: ProductWhereInput, orderBy: [ProductOrderByWithRelationInput!], distinct: [ProductScalarFieldEnum!], take: Int): [Product!]!
				aggregateProduct(where: ProductWhereInput): AggregateProduct! groupByProduct(by: [ProductScalarFieldEnum!]!, having: ProductScalarWhereWithAggregatesInput): [ProductGroupBy!]! }
			type AggregateProduct { _count: ProductCountAggregate _avg: ProductAvgAggregate } type ProductCountAggregate { cost: Int! _all: Int! } type ProductAvgAggregate { cost: Float }
			type ProductGroupBy { name: String cost: Float _avg: ProductAvgAggregate }
			input ProductWhereInput { AND: [ProductWhereInput!] OR: [ProductWhereInput!] name: StringFilter cost: FloatFilter owner: OwnerRelationFilter }
			input OwnerRelationFilter { is: OwnerWhereInput isNot: OwnerWhereInput } input OwnerWhereInput { name: StringFilter product: ProductWhereInput }
			input StringFilter { equals: String contains: String } input FloatFilter { equals: Float gt: Float }
			input ProductOrderByWithRelationInput { cost: SortOrder name: SortOrder } input ProductScalarWhereWithAggregatesInput { cost: FloatFilter name: StringFilter }
			enum SortOrder { asc desc } enum ProductScalarFieldEnum { id name cost }`,
			guarded: "ProductWhereInput.cost ProductOrderByWithRelationInput.cost ProductScalarFieldEnum.cost ProductScalarWhereWithAggregatesInput.cost ProductCountAggregate.cost ProductAvgAggregate.cost ProductGroupBy.cost",
			open:    "ProductWhereInput.name ProductScalarFieldEnum.name ProductGroupBy.name ProductScalarWhereWithAggregatesInput.name ProductWhereInput.owner FloatFilter.gt AggregateProduct._count",
		},
		"strapi": {
			sdl: `type Query { products(filters: ProductFiltersInput, sort: [String], pagination: PaginationArg): ProductEntityResponseCollection product(id: ID): ProductEntityResponse }
			type ProductEntityResponseCollection { data: [ProductEntity!]! meta: Meta! } type ProductEntityResponse { data: ProductEntity } type ProductEntity { id: ID attributes: Product } type Meta { total: Int }
			input ProductFiltersInput { name: StringFilterInput cost: FloatFilterInput and: [ProductFiltersInput] owner: OwnerFiltersInput }
			input OwnerFiltersInput { name: StringFilterInput product: ProductFiltersInput } input StringFilterInput { eq: String startsWith: String } input FloatFilterInput { gt: Float }
			input PaginationArg { page: Int pageSize: Int }`,
			guarded: "ProductFiltersInput.cost",
			open:    "ProductFiltersInput.name ProductFiltersInput.and FloatFilterInput.gt PaginationArg.page Query.product(id:)",
			escapes: "Query.products(sort:)",
		},
		"neo4j": {
			sdl: `type Query { products(where: ProductWhere, options: ProductOptions): [Product!]! productsAggregate(where: ProductWhere): ProductAggregateSelection! }
			type ProductAggregateSelection { count: Int! cost: FloatAggregateSelection! name: StringAggregateSelection! } type FloatAggregateSelection { min: Float } type StringAggregateSelection { longest: String }
			input ProductWhere { OR: [ProductWhere!] cost: Float cost_GT: Float cost_IN: [Float] name_STARTS_WITH: String } input ProductOptions { limit: Int sort: [ProductSort!] } input ProductSort { cost: SortDirection name: SortDirection } enum SortDirection { ASC DESC }`,
			guarded: "ProductWhere.cost ProductWhere.cost_GT ProductWhere.cost_IN ProductSort.cost ProductAggregateSelection.cost",
			open:    "ProductWhere.name_STARTS_WITH ProductSort.name ProductAggregateSelection.count FloatAggregateSelection.min ProductOptions.limit SortDirection.ASC",
		},
		"postgraphile": {
			sdl: `type Query { allProducts(condition: ProductCondition, filter: ProductFilter, orderBy: [ProductsOrderBy!], first: Int, after: Cursor): ProductsConnection }
			scalar Cursor type ProductsConnection { nodes: [Product!]! totalCount: Int! aggregates: ProductAggregates groupedAggregates(groupBy: [ProductGroupBy!]!, having: ProductHavingInput): [ProductAggregates!] }
			type ProductAggregates { keys: [String] sum: ProductSumAggregates distinctCount: ProductDistinctCountAggregates } type ProductSumAggregates { cost: Float! } type ProductDistinctCountAggregates { cost: Int name: Int }
			input ProductCondition { cost: Float name: String } input ProductFilter { cost: FloatFilter and: [ProductFilter!] } input FloatFilter { greaterThan: Float }
			input ProductHavingInput { AND: [ProductHavingInput!] sum: ProductHavingSumInput } input ProductHavingSumInput { cost: FloatFilter }
			enum ProductsOrderBy { NATURAL COST_ASC NAME_DESC } enum ProductGroupBy { COST NAME }`,
			guarded: "ProductCondition.cost ProductFilter.cost ProductsOrderBy.COST_ASC ProductGroupBy.COST ProductHavingSumInput.cost ProductSumAggregates.cost ProductDistinctCountAggregates.cost",
			open:    "ProductCondition.name ProductsOrderBy.NAME_DESC ProductsOrderBy.NATURAL ProductGroupBy.NAME ProductDistinctCountAggregates.name Query.allProducts(first:) ProductsConnection.totalCount",
		},
		"dgraph": {
			sdl: `type Query { queryProduct(filter: ProductFilter, order: ProductOrder, first: Int): [Product] aggregateProduct(filter: ProductFilter): ProductAggregateResult }
			type ProductAggregateResult { count: Int costMin: Float costAvg: Float nameMin: String } input ProductFilter { id: [ID!] cost: FloatFilter has: [ProductHasFilter] and: [ProductFilter] }
			input FloatFilter { ge: Float } enum ProductHasFilter { cost name } input ProductOrder { asc: ProductOrderable desc: ProductOrderable then: ProductOrder } enum ProductOrderable { cost name }`,
			guarded: "ProductFilter.cost ProductHasFilter.cost ProductOrderable.cost ProductAggregateResult.costMin ProductAggregateResult.costAvg",
			open:    "ProductHasFilter.name ProductOrderable.name ProductAggregateResult.nameMin ProductAggregateResult.count ProductFilter.id",
		},
		"contentful": {
			sdl: `type Query { productCollection(where: ProductFilter, order: [ProductOrder], limit: Int): ProductCollection } type ProductCollection { total: Int! items: [Product]! }
			input ProductFilter { cost: Float cost_gte: Float cost_exists: Boolean name_contains: String OR: [ProductFilter] } enum ProductOrder { cost_ASC cost_DESC name_ASC }`,
			guarded: "ProductFilter.cost ProductFilter.cost_gte ProductFilter.cost_exists ProductOrder.cost_ASC ProductOrder.cost_DESC",
			open:    "ProductFilter.name_contains ProductFilter.OR ProductOrder.name_ASC Query.productCollection(limit:)",
		},
		"amplify": {
			sdl: `type Query { listProducts(filter: ModelProductFilterInput, limit: Int, nextToken: String): ModelProductConnection productsByCost(cost: Float!, filter: ModelProductFilterInput): ModelProductConnection }
			type ModelProductConnection { items: [Product]! nextToken: String } input ModelProductFilterInput { cost: ModelFloatInput name: ModelStringInput and: [ModelProductFilterInput] } input ModelFloatInput { gt: Float } input ModelStringInput { eq: String }`,
			guarded: "ModelProductFilterInput.cost Query.productsByCost(cost:)",
			open:    "ModelProductFilterInput.name Query.listProducts(limit:) ModelFloatInput.gt",
		},
		"counts and others by name": {
			sdl: `type Query { productsCount(cost: Float, name: String): Int! totalProducts(where: ProductWhere): Int products(rank: Ranking, search: String, minCost: Float, costBelow: Float): [Product] product(name: String): Product }
			input ProductWhere { cost: Float name: String } enum Ranking { COST POPULAR }`,
			guarded: "Query.productsCount(cost:) ProductWhere.cost Ranking.COST Query.products(minCost:) Query.products(costBelow:)",
			open:    "Query.productsCount(name:) ProductWhere.name Ranking.POPULAR Query.product(name:)",
			escapes: "Query.products(search:)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := compile(t, c.sdl+"\n"+product, map[string][]string{"finance": {"Product.cost"}}, func(l *scope.Layer) { l.Validation.Schema = scope.SchemaLenient })
			rules := guardedIn(d)
			for _, at := range strings.Fields(c.guarded) {
				if rules[at] == nil {
					t.Errorf("%s has no guard", at)
				}
			}
			for _, at := range strings.Fields(c.open) {
				if rules[at] != nil {
					t.Errorf("%s is guarded by %v", at, rules[at])
				}
				if _, ok := d.Schema.Lookup(at); !ok {
					t.Errorf("%s is not in the schema", at)
				}
			}
			for _, e := range d.Escapes {
				if at := d.Schema.Name(e.At); !slices.Contains(strings.Fields(c.escapes), at) && e.Kind != "cursor" {
					t.Errorf("%s is an escape (%s)", at, e.Kind)
				} else {
					c.escapes = strings.ReplaceAll(c.escapes, at, "")
				}
			}
			if strings.TrimSpace(c.escapes) != "" {
				t.Errorf("no escape: %s", c.escapes)
			}
		})
	}
}
