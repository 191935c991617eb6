// A data source with records of three kinds of systems. What `labels` marks is what the engine itself restricts, so that its
// answers can be compared with the gateway's.
const labels = process.env.FIELDGATE_LABELS === 'off' ? () => '' : (...names) => `@authorization(labels: [${names.map((n) => `"${n}"`).join(', ')}])`

exports.createSchemaCustomization = ({ actions }) => {
  actions.createTypes(`
    type ShopifyProduct implements Node {
      title: String!
      handle: String!
      price: Float!
      cost: Float ${labels('finance')}
      tags: [String!]!
      notes: [String!] ${labels('finance')}
      vendor: ShopifyVendor @link
      variants: [ShopifyVariant!]! @link
      page: ContentstackPage @link
    }
    type ShopifyVariant implements Node {
      sku: String!
      stock: Int ${labels('purchasing')}
      product: ShopifyProduct @link
    }
    type ShopifyVendor implements Node ${labels('purchasing')} {
      name: String!
      rating: Int ${labels('finance')}
    }
    type ContentstackPage implements Node {
      title: String!
      url: String!
      draft: String ${labels('editorial')}
      seo: ContentstackSeo
      authors: [ContentstackAuthor!] @link
      products: [ShopifyProduct!] @link
    }
    type ContentstackSeo { title: String keywords: [String!] ${labels('editorial')} }
    type ContentstackAuthor implements Node { name: String! email: String ${labels('editorial', 'people')} }
    type DrupalArticle implements Node {
      title: String!
      path: String!
      body: String
      moderation: String ${labels('editorial')}
      author: DrupalUser @link
      related: [DrupalArticle!] @link
    }
    type DrupalUser implements Node ${labels('people')} { name: String! mail: String ${labels('people')} }
  `)
}

const costs = [11.5, 23.25, 37, 41.75, 58.5]

const records = {
  ShopifyProduct: costs.map((cost, i) => ({
    id: `product-${i}`, title: `Product ${i}`, handle: `product-${i}`, price: 100 - i * 10, cost, tags: [i % 2 ? 'odd' : 'even'], notes: [`note ${i}`],
    vendor: `vendor-${i % 2}`, variants: [`variant-${i}`], page: `page-${i % 2}`,
  })),
  ShopifyVariant: costs.map((_, i) => ({ id: `variant-${i}`, sku: `SKU-${i}`, stock: 70 + i, product: `product-${i}` })),
  ShopifyVendor: [0, 1].map((i) => ({ id: `vendor-${i}`, name: `Vendor ${i}`, rating: 3 + i })),
  ContentstackPage: [0, 1].map((i) => ({
    id: `page-${i}`, title: `Page ${i}`, url: `/page-${i}`, draft: `draft of ${i}`, seo: { title: `Seo ${i}`, keywords: [`keyword ${i}`] },
    authors: ['author-0'], products: costs.map((_, p) => `product-${p}`).filter((_, p) => p % 2 === i),
  })),
  ContentstackAuthor: [{ id: 'author-0', name: 'Mira', email: 'mira@example.com' }],
  DrupalArticle: [0, 1, 2].map((i) => ({
    id: `article-${i}`, title: `Article ${i}`, path: `/article-${i}`, body: i ? `Body ${i}` : null, moderation: i ? 'published' : 'draft', author: 'user-0', related: i ? ['article-0'] : [],
  })),
  DrupalUser: [{ id: 'user-0', name: 'hikerjo', mail: 'jo@example.com' }],
}

exports.sourceNodes = ({ actions, createContentDigest }) => {
  for (const [type, list] of Object.entries(records)) {
    for (const record of list) {
      actions.createNode({ ...record, parent: null, children: [], internal: { type, content: JSON.stringify(record), contentDigest: createContentDigest(record) } })
    }
  }
}
