//go:build unix

package gate_test

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// decide makes one decision and holds it against what was published.
func (s *stand) decide() sighting {
	oldest, settled, policy := s.inForce.Load(), s.settled.Load(), s.store.Policy()
	// A policy that has nothing to say is the faster: so most are asked whether
	// anything is other than it was, and each fourth is made to say all.
	turn := s.turns.Add(1)
	q := s.asked.Load()
	if q == nil || turn%4 == 0 {
		q = s.plain
	}
	look := look{asked: q.of}
	var err error
	if turn%2 == 0 {
		s.byGate.Add(1)
		err = s.gate.Check(context.WithValue(context.Background(), lookKey{}, &look), q.input)
	} else {
		// As the gate asks; it adds to each what is the same in all.
		err = s.askSource(&look, q.value)
	}
	seen := look.seen
	newest := s.begun.Load()
	settledAll := settled != 0 && settled == s.settled.Load()
	s.decisions.Add(1)
	if s.store.Policy() != policy {
		s.overlapped.Add(1)
	}
	if (err == nil) != seen.allowed {
		s.t.Errorf("the decision says %t and the error is %v", seen.allowed, err)
	}
	switch {
	case seen.kind == seenUndecided:
		s.undecided.Add(1)
		if oldest > 0 || turn%2 == 0 && !errors.Is(err, gate.ErrUndecided) {
			s.t.Errorf("undecided with revision %d in force: %s: %v", oldest, seen.text, err)
		}
	case settledAll && (seen.kind != seenWhole || int64(seen.number) != settled):
		s.t.Errorf("settled at revision %d, and a decision is %s", settled, seen)
	case seen.kind == seenWhole:
		if n := int64(seen.number); n < oldest && s.writer.atomic || n > newest {
			s.t.Errorf("a decision is of revision %d, asked between %d and %d", n, oldest, newest)
		}
	case s.writer.atomic || seen.kind == seenSplit || s.writer.wholeFiles && seen.kind == seenTorn:
		s.t.Errorf("a decision is %s", seen)
	case seen.kind == seenTorn:
		s.torn.Add(1)
	default:
		s.mixed.Add(1)
	}
	return seen
}

// askSource asks the source alone and returns nil where it allows.
func (s *stand) askSource(l *look, input ast.Value) error {
	p := s.store.Policy()
	r, err := p.Eval(context.Background(), input)
	d := &gate.Decision{
		Allowed: r.Allowed && err == nil, Violations: r.Violations, Errors: r.Errors,
		Sources: []gate.SourceRevision{{Name: s.store.Name(), Revision: p.Revision()}},
	}
	if err != nil {
		d.Errors = append(d.Errors, rego.PolicyError{Msg: err.Error()})
	}
	s.look(l, d)
	if !d.Allowed {
		return cmp.Or(err, errDenies)
	}
	return nil
}

var errDenies = errors.New("the source denies")

// look is what the context of a decision has, at lookKey: the question, and what
// the recorder saw.
type look struct {
	asked revision
	seen  sighting
}

type lookKey struct{}

// Record looks at a decision and discards it.
func (s *stand) Record(ctx context.Context, d *gate.Decision) error {
	l, ok := ctx.Value(lookKey{}).(*look)
	if !ok {
		return errors.New("whose decision is it?")
	}
	s.look(l, d)
	return nil
}

// look finds the revision that a decision is of.
func (s *stand) look(l *look, d *gate.Decision) {
	seen := &l.seen
	*seen = sight(d, l.asked)
	if seen.kind != seenMixed {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := slices.Max(seen.of[:])
	if n >= len(s.published) || !seen.is(s.published[n]) {
		return
	}
	seen.kind, seen.number = seenWhole, n
	if !s.writer.atomic {
		return // a torn file may differ in a comment alone
	}
	// What is in force and what it is called belong together, for ever.
	hash := d.Sources[0].Revision
	if m, known := s.hashes[hash]; known && m != n {
		s.t.Errorf("the store's revision %.8s stands for revisions %d and %d", hash, m, n)
	}
	if h, known := s.numbers[n]; known && h != hash {
		s.t.Errorf("revision %d is called %.8s and %.8s", n, h, hash)
	}
	s.hashes[hash], s.numbers[n] = n, hash
}
