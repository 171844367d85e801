package runner

import (
	"context"
	"net/http"
	"time"
)

// place registers a session. Where there is no place it ends the session that
// has been idle longest and waits until its server is gone. It reports false
// where all are busy.
func (p *Proxy) place(ctx context.Context, s *session) bool {
	timer := time.NewTimer(p.times.place)
	defer timer.Stop()
	for {
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return false
		}
		if len(p.running) < p.opts.MaxSessions {
			p.sessions[s.id] = s
			p.running[s] = struct{}{}
			p.mu.Unlock()
			return true
		}
		var victim *session
		// Each that waits needs one that is ending.
		if ending := len(p.running) - len(p.sessions); ending <= p.waiting {
			if victim = p.longestIdle(); victim == nil {
				p.mu.Unlock()
				return false
			}
			delete(p.sessions, victim.id)
		}
		p.waiting++
		freed := p.freed
		p.mu.Unlock()

		if victim != nil {
			victim.end(endedForPlace)
		}
		ok := true
		select {
		case <-freed:
		case <-ctx.Done():
			ok = false
		case <-timer.C:
			ok = false
		}
		p.mu.Lock()
		p.waiting--
		p.mu.Unlock()
		if !ok {
			return false
		}
	}
}

// longestIdle is called with the lock held.
func (p *Proxy) longestIdle() *session {
	var found *session
	var oldest time.Time
	for _, s := range p.sessions {
		if since, idle := s.idle.idleSince(); idle && (found == nil || since.Before(oldest)) {
			found, oldest = s, since
		}
	}
	return found
}

// expire ends a session that is idle still. No request can enter it meanwhile.
func (p *Proxy) expire(s *session) {
	p.mu.Lock()
	expired := s.idle.expired()
	if expired {
		delete(p.sessions, s.id)
	}
	p.mu.Unlock()
	if expired {
		s.end(endedByTime)
	}
}

// enter finds a session and counts the request in; nil means there is no such
// session. The caller calls leave of the session's visit when it is done.
func (p *Proxy) enter(req *http.Request, id string) (*session, *visit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[id]
	if s == nil {
		return nil, nil
	}
	return s, s.enter(req)
}

// retire makes the session unknown to new requests. Requests that entered it
// before are still served.
func (p *Proxy) retire(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions, s.id)
}

// remove gives the session's place to another one.
func (p *Proxy) remove(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.running, s)
	close(p.freed)
	p.freed = make(chan struct{})
}
