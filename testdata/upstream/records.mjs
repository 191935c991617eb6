// The records of the sample data layer: a made-up outdoor-clothing company. Cross references are ids and are resolved when
// they are asked for.

const money = (amount) => ({ amount, currencyCode: 'EUR' })
const image = (name) => ({ id: `image-${name}`, altText: name, height: 800, width: 1200, url: `https://cdn.example.com/${name}.jpg` })
const address = (name, city) => ({ name, street: 'Hauptstrasse 1', postalCode: '80331', city, country: 'DE' })
const supplier = (name, country, leadTime) => ({ name, country, leadTime, contact: address(name, 'Porto') })

function product(id, title, price, cost, more = {}) {
  const handle = title.toLowerCase().replaceAll(' ', '-')
  return {
    __typename: 'ShopifyProduct', id, title, handle, description: `${title}, made to last.`, status: 'ACTIVE', productType: 'Jackets',
    tags: ['outdoor'], publishedAt: '2026-03-01', featuredImage: image(handle), images: [image(handle)],
    price: money(price), cost, margin: Math.round((1 - cost / price) * 1000) / 1000, supplier: supplier('Norte Textil', 'PT', 21),
    collections: ['collection-rain'], metafields: [{ namespace: 'erp', key: 'purchase', value: { cost } }], stories: ['article-rain'], ...more,
  }
}

export const products = [
  product('product-1', 'Rain Jacket', 149, 61.5),
  product('product-2', 'Down Jacket', 219, 98.2, { collections: ['collection-winter'] }),
  product('product-3', 'Trail Shirt', 49, 14.1, { productType: 'Shirts', collections: ['collection-summer'] }),
  product('product-4', 'Storm Shell', 329, 171.9, { tags: ['outdoor', 'alpine'] }),
  product('product-5', 'Secret Anorak', 179, 77.7, { status: 'DRAFT', collections: [], stories: [] }),
]

export const variants = products.flatMap((p) => ['S', 'M'].map((size) => ({
  __typename: 'ShopifyProductVariant', id: `${p.id}-${size}`, product: p.id, sku: `${p.handle}-${size}`, title: size, price: p.price,
  compareAtPrice: null, cost: p.cost, inventory: [{ available: size === 'S' ? 4 : 11, location: 'Munich' }],
})))

export const giftCards = [
  { __typename: 'ShopifyGiftCard', id: 'card-50', title: 'Gift Card 50', handle: 'gift-card-50', price: money(50), validity: 730 },
]

export const collections = [
  { __typename: 'ShopifyCollection', id: 'collection-rain', title: 'Rain', handle: 'rain', image: image('rain') },
  { __typename: 'ShopifyCollection', id: 'collection-winter', title: 'Winter', handle: 'winter', image: null },
  { __typename: 'ShopifyCollection', id: 'collection-summer', title: 'Summer', handle: 'summer', image: image('summer') },
]

export const customers = [
  { __typename: 'ShopifyCustomer', id: 'customer-1', displayName: 'Ada L.', email: 'ada@example.com', phone: '+49 89 1', acceptsMarketing: true, defaultAddress: address('Ada L.', 'Munich'), createdAt: '2025-01-04' },
  { __typename: 'ShopifyCustomer', id: 'customer-2', displayName: 'Grace H.', email: 'grace@example.com', phone: null, acceptsMarketing: false, defaultAddress: null, createdAt: '2025-08-19' },
]

export const orders = [
  { __typename: 'ShopifyOrder', id: 'order-1', number: 1001, createdAt: '2026-10-02', financialStatus: 'PAID', subtotal: money(198), total: money(203), email: 'ada@example.com', customer: 'customer-1', shippingAddress: address('Ada L.', 'Munich'), lines: [{ quantity: 1, variant: 'product-1-M', price: money(149), cost: 61.5 }, { quantity: 1, variant: 'product-3-S', price: money(49), cost: 14.1 }] },
  { __typename: 'ShopifyOrder', id: 'order-2', number: 1002, createdAt: '2026-10-09', financialStatus: 'PENDING', subtotal: money(329), total: money(329), email: 'grace@example.com', customer: 'customer-2', shippingAddress: null, lines: [{ quantity: 1, variant: 'product-4-M', price: money(329), cost: 171.9 }] },
]

export const authors = [
  { __typename: 'ContentstackAuthor', id: 'author-1', name: 'Mira Voss', email: 'mira@example.com', fee: 420, bio: 'Walks and writes.', portrait: asset('mira'), articles: ['article-rain'] },
]

function asset(name) {
  return { id: `asset-${name}`, filename: `${name}.jpg`, description: name, fileSize: 120_000, url: `https://images.example.com/${name}.jpg` }
}

const published = { stage: 'PUBLISHED', time: '2026-09-01T08:00:00Z', user: 'mira@example.com' }

export const articles = [
  { __typename: 'ContentstackArticle', id: 'article-rain', title: 'First snow', url: '/magazine/first-snow', locale: 'en', publishDetails: published, editorialNotes: 'Ask legal about the map on page two.', lead: 'Wet and happy.', html: '<p>Wet and happy.</p>', draftHtml: '<p>Wet, happy, and a new ending.</p>', authors: ['author-1'], image: asset('rain'), topics: ['rain', 'walks'], related: ['product-1', 'drupal-1', 'press-1'], products: ['product-1'] },
]

export const pressReleases = [
  { __typename: 'ContentstackPressRelease', id: 'press-1', title: 'New stores in 2027', url: '/press/new-stores', locale: 'en', publishDetails: { ...published, stage: 'REVIEW' }, editorialNotes: null, html: '<p>Three new stores.</p>', embargoUntil: '2027-01-15T06:00:00Z', contactEmail: 'press@example.com' },
]

export const pages = [
  {
    __typename: 'ContentstackPage', id: 'page-home', title: 'Home', url: '/', locale: 'en', publishDetails: published, editorialNotes: 'Swap the hero after the sale.', seo: { title: 'Acme Outdoor', description: 'Clothing for bad weather', image: null },
    blocks: [
      { __typename: 'ContentstackBlockHero', headline: 'Out in the rain', subline: null, image: asset('hero'), link: '/collections/rain' },
      { __typename: 'ContentstackBlockProducts', headline: 'Favourites', products: ['product-1', 'product-2'] },
      { __typename: 'ContentstackBlockPromotion', headline: 'Autumn sale', startsAt: '2026-11-27', endsAt: '2026-11-30', code: 'AUTUMN-25' },
      { __typename: 'ContentstackBlockText', html: '<p>Since 1987.</p>' },
    ],
  },
]

export const users = [
  { __typename: 'DrupalUser', id: 'user-1', displayName: 'hikerjo', mail: 'jo@example.com', lastLogin: '2026-11-20', picture: null },
  { __typename: 'DrupalUser', id: 'user-2', displayName: 'moss', mail: 'moss@example.com', lastLogin: '2026-11-23', picture: null },
]

export const terms = [
  { __typename: 'DrupalTaxonomyTerm', id: 'term-alps', name: 'Alps', weight: 0, broader: null, vocabulary: 'regions' },
  { __typename: 'DrupalTaxonomyTerm', id: 'term-karwendel', name: 'Karwendel', weight: 1, broader: 'term-alps', vocabulary: 'regions' },
]

const photo = { __typename: 'DrupalMediaImage', id: 'photo-1', alt: 'A wet ridge', url: 'https://community.example.com/ridge.jpg', originalUrl: 'https://community.example.com/original/ridge.raw', width: 4000, height: 3000 }

export const nodes = [
  { __typename: 'DrupalNodeArticle', id: 'drupal-1', title: 'Ridge in the rain', path: '/ridge', created: '2026-09-12', status: true, moderationState: 'PUBLISHED', author: 'user-1', body: { value: 'We went *up*.', processed: '<p>We went <em>up</em>.</p>' }, image: photo, paragraphs: [{ __typename: 'DrupalParagraphText', id: 'p-1', text: { value: 'Up', processed: '<p>Up</p>' } }, { __typename: 'DrupalParagraphQuote', id: 'p-2', text: 'Never again.', speaker: 'moss' }, { __typename: 'DrupalParagraphImage', id: 'p-3', image: photo }], tags: ['term-karwendel'] },
  { __typename: 'DrupalNodeEvent', id: 'drupal-2', title: 'Night walk', path: '/night-walk', created: '2026-10-01', status: true, moderationState: 'PUBLISHED', author: 'user-2', startsAt: '2026-12-05T18:00:00Z', meetingPoint: 'Mittenwald station', participants: ['user-1'] },
  { __typename: 'DrupalNodePage', id: 'drupal-3', title: null, path: '/rules', created: '2025-02-01', status: true, moderationState: 'DRAFT', author: 'user-2', body: { value: 'Be kind.', processed: '<p>Be kind.</p>' } },
]
