package oracle

import "github.com/vektah/gqlparser/v2/ast"

// narrow is R12, for a field anywhere in an operation of a layer that narrows.
func (d *decider) narrow(f *ast.Field, at place, path []string) (allowed, sent bool) {
	if !d.decideNeeds(path, at.on+"."+f.Name, d.needsAsWritten(f, at)) {
		return false, false
	}
	allowed, sent = true, len(at.possible) > 0
	if d.isAbstract(at.on) {
		allowed, sent = d.narrowToTypes(f, at, path)
	}
	if sent {
		d.denyUnreadableResults(f, at, path)
	}
	return allowed, sent
}

// needsAsWritten is what a field needs on the type it is written on.
func (d *decider) needsAsWritten(f *ast.Field, at place) []need {
	needs := append(d.needsOfField(at.on, f.Name), d.argumentNeeds(f, at.on)...)
	return append(needs, d.directiveNeeds(f, at)...)
}

// narrowToTypes decides a field written on an abstract type for each readable
// object type that is possible there.
func (d *decider) narrowToTypes(f *ast.Field, at place, path []string) (allowed, sent bool) {
	if len(at.possible) == 0 {
		return true, false
	}
	readable := d.readableTypes(at.possible)
	if len(readable) == 0 {
		return d.noReadableType(f, at, path), false
	}
	for _, object := range readable {
		needs := append(d.needsOfField(object, f.Name), d.argumentNeeds(f, object)...)
		if d.decideNeeds(path, object+"."+f.Name, needs) {
			sent = true
		}
	}
	return sent, sent
}

// noReadableType drops a field silently when only the fragments around it have
// become impossible, and denies it when the enclosing field has no readable type.
func (d *decider) noReadableType(f *ast.Field, at place, path []string) (allowed bool) {
	if len(d.readableTypes(at.own)) > 0 {
		return true
	}
	d.deny(path, at.on+"."+f.Name, KindField, d.failing(d.needsOfTypes(at.possible)))
	return false
}

func (d *decider) readableTypes(names []string) []string {
	var out []string
	for _, name := range names {
		if d.typeReadable(name) {
			out = append(out, name)
		}
	}
	return out
}

// denyUnreadableResults reports the object types that are taken out of the
// answer of a field of abstract type.
func (d *decider) denyUnreadableResults(f *ast.Field, at place, path []string) {
	result := d.resultType(at.on, f.Name)
	if !d.isAbstract(result) {
		return
	}
	for _, object := range d.objects(result) {
		if !d.typeReadable(object) {
			d.deny(path, object, KindFragment, d.failing(typeNeeds(d.schema, object)))
		}
	}
}
