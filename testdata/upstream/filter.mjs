// Filters, sorts and aggregates in the manner of Gatsby. They work on every field that the schema offers, as real engines do:
// what a client may use is not this server's business.

const operators = {
  eq: (v, x) => v === x,
  ne: (v, x) => v !== x,
  in: (v, x) => x.includes(v),
  nin: (v, x) => !x.includes(v),
  gt: (v, x) => v != null && v > x,
  gte: (v, x) => v != null && v >= x,
  lt: (v, x) => v != null && v < x,
  lte: (v, x) => v != null && v <= x,
  glob: (v, x) => v != null && new RegExp(`^${x.split('*').map(escape).join('.*')}$`).test(v),
  regex: (v, x) => v != null && new RegExp(x.replace(/^\/|\/[a-z]*$/g, '')).test(v),
}

const escape = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

// matches reports whether a record fits a filter. follow turns a reference into the record that it names.
export function matches(value, filter, follow) {
  return Object.entries(filter ?? {}).every(([key, want]) => {
    if (want == null) return true
    if (key === 'elemMatch') return [value].flat().some((one) => matches(follow(one), want, follow))
    if (key in operators) return Array.isArray(value) ? value.some((v) => operators[key](v, want)) : operators[key](value, want)
    return matches(follow(value?.[key]), want, follow)
  })
}

// sorted returns records in the order of [{field: 'ASC'}, {nested: {field: 'DESC'}}].
export function sorted(records, sort, follow) {
  const keys = [sort ?? []].flat().flatMap((s) => Object.entries(s)).map(([field, order]) => path(field, order))
  return records.toSorted((a, b) => {
    for (const { fields, order } of keys) {
      const [x, y] = [pick(a, fields, follow), pick(b, fields, follow)]
      if (x !== y) return (x < y ? -1 : 1) * (order === 'DESC' ? -1 : 1)
    }
    return 0
  })
}

const path = (field, order) =>
  typeof order === 'object' ? ((inner) => ({ fields: [field, ...inner.fields], order: inner.order }))(path(...Object.entries(order)[0])) : { fields: [field], order }

const pick = (record, fields, follow) => fields.reduce((v, f) => follow(v?.[f]), record)

// selected returns the values of {field: 'SELECT'}, each with its record.
function selected(records, field, follow) {
  const { fields } = path(...Object.entries(field)[0])
  return records.flatMap((record) => [pick(record, fields, follow)].flat().filter((v) => v != null).map((value) => ({ value, record })))
}

// connection is a page of records with figures over all of them.
export function connection(all, { limit, skip = 0 } = {}, follow) {
  const page = all.slice(skip ?? 0, limit == null ? undefined : (skip ?? 0) + limit)
  const values = (field) => selected(all, field, follow).map((s) => s.value)
  return {
    totalCount: all.length,
    nodes: page,
    edges: page.map((node, i) => ({ node, next: page[i + 1], previous: page[i - 1] })),
    pageInfo: { currentPage: 1, hasNextPage: page.length < all.length - (skip ?? 0), hasPreviousPage: (skip ?? 0) > 0, itemCount: page.length, pageCount: 1, perPage: limit, totalCount: all.length },
    distinct: ({ field }) => [...new Set(values(field).map(String))].toSorted(),
    max: ({ field }) => values(field).reduce((a, b) => (b > a ? b : a), -Infinity),
    min: ({ field }) => values(field).reduce((a, b) => (b < a ? b : a), Infinity),
    sum: ({ field }) => values(field).reduce((a, b) => a + Number(b), 0),
    group: ({ field, ...args }) =>
      Object.entries(Object.groupBy?.(selected(all, field, follow), (s) => String(s.value)) ?? groupBy(selected(all, field, follow))).map(([fieldValue, members]) => ({
        ...connection(members.map((m) => m.record), args, follow), field: path(...Object.entries(field)[0]).fields.join('.'), fieldValue,
      })),
  }
}

function groupBy(list) {
  const out = {}
  for (const s of list) (out[String(s.value)] ??= []).push(s)
  return out
}
