// The resolvers of the sample schema, over the records.
import * as records from './records.mjs'
import { connection, matches, sorted } from './filter.mjs'

const { products, variants, giftCards, collections, customers, orders, authors, articles, pressReleases, pages, users, terms, nodes } = records
const all = [products, variants, giftCards, collections, customers, orders, authors, articles, pressReleases, pages, users, terms, nodes].flat()
const byId = new Map(all.map((r) => [r.id, r]))

// follow turns a reference into its record, wherever it stands.
const follow = (v) => (Array.isArray(v) ? v.map(follow) : typeof v === 'string' && byId.has(v) ? byId.get(v) : v)

const one = (list) => (args) => list.find((r) => matches(r, args, follow)) ?? null
const many = (list) => ({ filter, sort, ...page }) => connection(sorted(list.filter((r) => matches(r, filter, follow)), sort, follow), page, follow)
const newest = (list) => list.toSorted((a, b) => (a.created < b.created ? 1 : -1))

const source = { Shopify: 'gatsby-source-shopify', Contentstack: 'gatsby-source-contentstack', Drupal: 'gatsby-source-drupal' }

// derived are fields that are made of others; those of a type come before those of every record.
const derived = {
  ShopifyProduct: {
    variants: (p, { first }) => variants.filter((v) => v.product === p.id).slice(0, first ?? undefined),
    metafield: (p, { namespace, key }) => p.metafields.find((m) => m.namespace === namespace && m.key === key) ?? null,
  },
  ShopifyCollection: { products: (c, { first }) => products.filter((p) => p.collections.includes(c.id)).slice(0, first ?? undefined) },
  ShopifyCustomer: { orders: (c) => orders.filter((o) => o.customer === c.id) },
}

const everyRecord = {
  parent: () => null,
  children: () => [],
  internal: (r) => ({
    content: JSON.stringify(r), contentDigest: String(JSON.stringify(r).length), description: null, mediaType: 'application/json',
    owner: source[/^[A-Z][a-z]+/.exec(r.__typename)?.[0]] ?? 'layer', type: r.__typename,
  }),
}

// resolve is the default resolver: a derived field, a function of a record, or a value with its references followed.
export function resolve(parent, args, _context, info) {
  const name = info.fieldName
  const make = derived[info.parentType.name]?.[name] ?? (name in (parent ?? {}) ? undefined : everyRecord[name])
  if (make) return make(parent, args)
  const value = parent?.[name]
  return typeof value === 'function' ? value(args) : name === 'id' ? value : follow(value)
}

export const root = {
  node: ({ id }) => byId.get(id) ?? null,
  site: { buildTime: '2026-11-24T06:00:00Z', url: 'https://shop.example.com', metadata: { owner: 'ops@example.com' } },
  shopifyProduct: one(products),
  allShopifyProduct: many(products),
  shopifyCollection: one(collections),
  shopifyCollections: collections,
  shopifyOrder: one(orders),
  allShopifyOrder: many(orders),
  shopifyCustomer: one(customers),
  allShopifyCustomer: many(customers),
  contentstackPage: ({ url }) => pages.find((p) => p.url === url) ?? null,
  contentstackPages: pages,
  contentstackArticle: one(articles),
  allContentstackArticle: many(articles),
  contentstackPressReleases: ({ limit }) => pressReleases.slice(0, limit),
  drupalRoute: ({ path }) => nodes.find((n) => n.path === path) ?? null,
  drupalNodes: ({ limit }) => newest(nodes).slice(0, limit),
  allDrupalNodeArticle: many(nodes.filter((n) => n.__typename === 'DrupalNodeArticle')),
  drupalTaxonomyTerms: ({ vocabulary }) => terms.filter((t) => t.vocabulary === vocabulary),
  search: ({ query, first, explain }) => {
    const found = [products, articles, pressReleases, nodes.filter((n) => n.__typename === 'DrupalNodeArticle')].flat()
      .filter((r) => r.title?.toLowerCase().includes(query.toLowerCase()))
    const hits = found.slice(0, first).map((result, i) => ({ result, excerpt: result.title, score: 1 / (i + 1), explanation: explain ? `rank ${i + 1}` : null }))
    const sources = [...new Set(found.map((r) => /^[A-Z][a-z]+/.exec(r.__typename)[0]))]
    return { hits, totalCount: found.length, facets: sources.map((s) => ({ source: s, count: found.filter((r) => r.__typename.startsWith(s)).length })) }
  },
  products: ({ first }) => [...products, ...giftCards].slice(0, first),
}
