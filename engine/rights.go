package engine

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/fieldgate/fieldgate/engine/eval"
	"github.com/fieldgate/fieldgate/engine/gql"
)

// rights are what the policy has said so far about one set of scopes: its verdict on each class of coordinates, once asked.
// A snapshot never changes, so a verdict that is known holds for good. An error is not remembered. It is safe for
// concurrent use.
type rights struct {
	put Subject // as the request put it, for comparison
	who eval.Subject
	key string // tells sets of scopes apart, whatever the order they are put in

	// allowed is written before known: whoever sees that a verdict is known sees the verdict. A bit of allowed is set by
	// nothing but an answer of the policy.
	known, allowed []atomic.Uint64 // by class
}

// mask is some of the classes, those of one word of rights.
type mask struct {
	word uint32
	bits uint64
}

// rightsOf finds the rights of a subject. Its errors are those of Decide.
func (s *Snapshot) rightsOf(sub Subject, hash uint64) (*rights, error) {
	switch {
	case len(sub.Scopes)+len(sub.ScopeIDs) == 0 && sub.Unrestricted:
		return s.everything, nil
	case len(sub.Scopes)+len(sub.ScopeIDs) == 0:
		return s.nothing, nil
	case sub.Unrestricted:
		return nil, ErrSubject
	}
	if r, ok := s.holders.GetIfPresent(hash); ok && r.isOf(sub) {
		return r, nil
	}
	ids, err := s.resolve(sub)
	if err != nil {
		return nil, err
	}
	r := s.newRights(Subject{Scopes: slices.Clone(sub.Scopes), ScopeIDs: slices.Clone(sub.ScopeIDs)}, eval.Subject{Scopes: ids})
	s.holders.Set(hash, r)
	return r, nil
}

// isOf compares whole: two sets of scopes may have one hash.
func (r *rights) isOf(sub Subject) bool {
	return r.put.Unrestricted == sub.Unrestricted && slices.Equal(r.put.ScopeIDs, sub.ScopeIDs) && slices.Equal(r.put.Scopes, sub.Scopes)
}

func (s *Snapshot) newRights(put Subject, who eval.Subject) *rights {
	words := (len(s.classes.representatives) + 63) / 64
	bits := make([]atomic.Uint64, 2*words)
	return &rights{put: put, who: who, key: viewKey(who), known: bits[:words:words], allowed: bits[words:]}
}

// size is the memory of rights in bytes, roughly.
func (r *rights) size() uint32 {
	n := 256 + len(r.key) + 16*len(r.known)
	for _, list := range [][]string{r.put.Scopes, r.put.ScopeIDs, r.who.Scopes} {
		for _, text := range list {
			n += 16 + len(text)
		}
	}
	return uint32(n) //nolint:gosec // bounded by the body limit
}

// allow reports whether the policy has allowed every class of the list.
func (r *rights) allow(list []mask) bool {
	for _, m := range list {
		if r.allowed[m.word].Load()&m.bits != m.bits {
			return false
		}
	}
	return true
}

// unknown appends the classes of the list that the policy has not been asked about.
func (r *rights) unknown(list []mask) []uint32 {
	var out []uint32
	for _, m := range list {
		for missing := m.bits &^ r.known[m.word].Load(); missing != 0; missing &= missing - 1 {
			out = append(out, m.word*64+lowest(missing))
		}
	}
	return out
}

func (r *rights) has(class uint32) bool { return r.allowed[class/64].Load()&(1<<(class%64)) != 0 }

// learn asks the policy, once, about the classes of the list that it has not been asked about.
func (s *Snapshot) learn(ctx context.Context, r *rights, list []mask) error {
	asked := r.unknown(list)
	if asked == nil {
		return nil
	}
	allowed, err := s.policy.Readable(ctx, r.who, asked)
	if err != nil {
		return err
	}
	if len(allowed) != len(asked) {
		return fmt.Errorf("%w: %d answers to %d questions", eval.ErrShape, len(allowed), len(asked))
	}
	for i, class := range asked {
		if allowed[i] {
			r.allowed[class/64].Or(1 << (class % 64))
		}
	}
	for _, class := range asked {
		r.known[class/64].Or(1 << (class % 64))
	}
	return nil
}

// readable returns which of the coordinates the subject may read.
func (s *Snapshot) readable(ctx context.Context, r *rights, ids []gql.ID) (gql.Set, error) {
	if err := s.learn(ctx, r, s.classes.masks(ids)); err != nil {
		return gql.Set{}, err
	}
	return s.learnt(r, ids), nil
}

// learnt returns which of the coordinates the subject may read by what is known: what is not known is not in it.
func (s *Snapshot) learnt(r *rights, ids []gql.ID) gql.Set {
	set := gql.NewSet(s.schema.Len())
	for _, id := range ids {
		if r.has(s.classes.of[id]) {
			set.Add(id)
		}
	}
	return set
}
