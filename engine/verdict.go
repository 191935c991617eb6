package engine

// Operation says which operation was decided; nil when none could be picked, as for a document that is
// not valid.
func (v *Verdict) Operation() *OperationInfo {
	if v.op == nil {
		return nil
	}
	return &OperationInfo{Name: v.op.Name, Type: v.op.Type}
}
