package rego

import (
	"fmt"
	"time"
)

// instant is a moment on both clocks: the monotonic one may stand still while a
// machine sleeps, and the wall clock can be set back.
type instant struct{ monotonic, wall time.Time }

func now() instant { return instantAt(time.Now()) }

func instantAt(t time.Time) instant { return instant{monotonic: t, wall: t.Round(0)} }

// age is how long ago i was at a later moment: the larger of what the clocks say.
func (i instant) age(later instant) time.Duration {
	return max(later.monotonic.Sub(i.monotonic), later.wall.Sub(i.wall))
}

// force is a policy and when it was last known to be that of the files. It is
// replaced, never changed.
type force struct {
	policy    *Policy
	confirmed instant
	// err is why the policy could not be confirmed since, or nil.
	err error
}

// expired says whether the policy is too old to decide. What never came into
// force denies anyway, and says why.
func (f *force) expired(maxAge time.Duration, at instant) bool {
	return maxAge > 0 && f.policy.err == nil && f.confirmed.age(at) > maxAge
}

// denying is the policy as one that denies because it expired. What its source
// wants masked in the record of the denial stays masked.
func (f *force) denying(cfg StoreConfig) *Policy {
	p := f.policy
	return &Policy{
		name: p.name, revision: p.revision, units: p.units, mask: p.mask, settings: p.settings, warnings: p.warnings,
		err: sourceError(cfg.LoadConfig, f.expiry(cfg.MaxAge)),
	}
}

func (f *force) expiry(maxAge time.Duration) error {
	since := f.confirmed.wall.UTC().Format(time.RFC3339)
	if f.err == nil {
		return fmt.Errorf("%w: revision %s was last confirmed at %s, longer ago than %s: the files have not been looked at since",
			ErrExpired, f.policy.revision, since, maxAge)
	}
	return fmt.Errorf("%w: revision %s was last confirmed at %s, longer ago than %s: %w", ErrExpired, f.policy.revision, since, maxAge, f.err)
}
