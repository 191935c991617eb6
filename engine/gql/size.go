package gql

// Size is a measure of the memory of the compiled operation, its text included, in bytes: what it takes however it is
// written, so that a cache of operations is as large as it says.
func (op *Operation) Size() int { return 400*(op.room+1) + 200*op.nodes + 2*op.text + 4*len(op.ids) }
