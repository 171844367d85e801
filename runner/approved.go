package runner

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"github.com/go-json-experiment/json"
)

// Approved is a server that the policy gate has allowed, as it was when the gate
// was asked. Only a [Runner] makes one, so whatever sets servers up can be
// reached through the gate alone. The zero value allows nothing.
type Approved struct {
	config        *RunConfig
	specification string
	verdict       Verdict
}

// Config returns a copy of the config that was allowed, resolved and with its
// defaults. It is an error where nothing was allowed, and where the config is no
// longer the one that was.
func (a *Approved) Config() (*RunConfig, error) {
	if a == nil || a.config == nil {
		return nil, errors.New("no policy gate was asked about this server")
	}
	now, err := Specification(a.config)
	if err != nil {
		return nil, err
	}
	if now != a.specification {
		return nil, fmt.Errorf("server %s is not the one that policy was asked about", a.config.Name)
	}
	return a.config.Clone(), nil
}

// Specification identifies what was allowed, see [Specification].
func (a *Approved) Specification() string { return a.specification }

// Verdict is what the gate told about its decision; it is zero where the gate
// tells nothing.
func (a *Approved) Verdict() Verdict { return a.verdict }

// Specification identifies what cfg would run: the lower-case hex HMAC-SHA-256,
// behind "hmac-sha256:", of cfg and of what was resolved for it. Equal configs have
// equal specifications within one process, and in no other: the key is of its own,
// so that nobody can try out what a value in clear might be that is redacted
// wherever the specification is shown.
func Specification(cfg *RunConfig) (string, error) {
	data, err := json.Marshal(struct {
		Config   *RunConfig
		Resolved *Resolved
	}{cfg, cfg.Resolved}, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("specification of the server: %w", err)
	}
	mac := hmac.New(sha256.New, specificationKey())
	_, _ = mac.Write(data) // a hash takes all
	return "hmac-sha256:" + hex.EncodeToString(mac.Sum(nil)), nil
}

var specificationKey = sync.OnceValue(func() []byte { return []byte(rand.Text()) })

// Verdict is what a gate tells beside its answer, for the records of what was
// set up because of it.
type Verdict struct {
	// Decision identifies the record of the decision.
	Decision string
	// Revision identifies the policies that decided.
	Revision string
	// Specification is that of the config that the gate has judged. A Runner sets
	// nothing else up.
	Specification string
}

// ReportVerdict tells the Runner whose question ctx belongs to which decision
// its answer will be. A gate calls it before it allows a server; of several
// gates behind one, the last one counts. In any other context it does nothing.
func ReportVerdict(ctx context.Context, v Verdict) {
	if told, ok := ctx.Value(verdictKey{}).(*toldVerdict); ok {
		told.mu.Lock()
		told.verdict = v
		told.mu.Unlock()
	}
}

type verdictKey struct{}

// toldVerdict is where a gate's verdict arrives.
type toldVerdict struct {
	mu      sync.Mutex
	verdict Verdict
}

func (t *toldVerdict) get() Verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.verdict
}
