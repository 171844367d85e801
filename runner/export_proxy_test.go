package runner

import "time"

func KeepAlive(d time.Duration) func(*Proxy) { return func(p *Proxy) { p.times.keepAlive = d } }

func InitializeWait(d time.Duration) func(*Proxy) { return func(p *Proxy) { p.times.initialize = d } }

func Linger(d time.Duration) func(*Proxy) { return func(p *Proxy) { p.times.linger = d } }

func BodyBudget(n int64) func(*Proxy) { return func(p *Proxy) { p.bodies.limit = n } }

func BodiesRead(p *Proxy) int64 {
	p.bodies.mu.Lock()
	defer p.bodies.mu.Unlock()
	return p.bodies.used
}
