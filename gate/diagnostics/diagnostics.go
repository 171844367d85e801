// Package diagnostics shows a gate from outside, over HTTP: metrics for
// Prometheus, health, readiness and status. It is apart from package gate so that
// who embeds a gate need not take the Prometheus client with it.
package diagnostics

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// Paths that the handler answers.
const (
	PathMetrics = "/metrics"
	PathHealth  = "/healthz"
	PathReady   = "/readyz"
	PathStatus  = "/status"
)

// Gate is what is shown: a [gate.Gate].
type Gate interface {
	Status() gate.Status
}

// Options say what is shown.
type Options struct {
	// Gate is required.
	Gate Gate
	// Recorder counts the decisions; nil leaves their metrics out.
	Recorder *Recorder
	// Lost is how many decisions stood without a record so far, as
	// [gate.LossyRecorder] says it; nil means none.
	Lost func() uint64
	// Version is that of the program.
	Version string
	// Log takes what is wrong with a metric; nil means slog.Default().
	Log *slog.Logger
}

// New returns the handler of /metrics, /healthz (200 while the process answers),
// /readyz (200 where a server can be allowed, else 503 with the reasons) and
// /status, which is [gate.Status] as JSON. It answers GET and HEAD, and no web
// pages: see [runner.Guard]. Whoever reaches it may read the names of policy
// sources and policies, and why policies do not load.
func New(opts Options) (http.Handler, error) {
	if opts.Gate == nil {
		return nil, errors.New("diagnostics: gate is nil")
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	registry, err := newRegistry(opts)
	if err != nil {
		return nil, fmt.Errorf("diagnostics: %w", err)
	}
	h := &handler{gate: opts.Gate, metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(opts.Log.Handler(), slog.LevelError),
		ErrorHandling:       promhttp.ContinueOnError, // all that can be told is
		MaxRequestsInFlight: 8,
	})}
	return runner.Guard(h), nil
}

// newRegistry is not the global one, where any package may have put something.
func newRegistry(opts Options) (*prometheus.Registry, error) {
	lost := opts.Lost
	if lost == nil {
		lost = func() uint64 { return 0 }
	}
	all := []prometheus.Collector{
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		newSourceCollector(opts.Gate),
		buildInfo(opts.Version),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "mcp_runner_dropped_records_total",
			Help: "Decisions that took effect without a record, where records are not required.",
		}, func() float64 { return float64(lost()) }),
	}
	if opts.Recorder != nil {
		all = append(all, opts.Recorder.collectors()...)
	}
	registry := prometheus.NewRegistry()
	for _, c := range all {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return registry, nil
}

func buildInfo(version string) prometheus.Collector {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "mcp_runner_build_info",
		Help: "Always 1; the label says which version of the program runs.",
	}, []string{"version"})
	info.WithLabelValues(label(version)).Set(1)
	return info
}

type handler struct {
	gate    Gate
	metrics http.Handler
}

// ServeHTTP implements [http.Handler].
func (h *handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var serve func(http.ResponseWriter, *http.Request)
	switch req.URL.Path {
	case PathMetrics:
		serve = h.metrics.ServeHTTP
	case PathHealth:
		serve = h.health
	case PathReady:
		serve = h.ready
	case PathStatus:
		serve = h.status
	default:
		http.NotFound(w, req)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	serve(w, req)
}

func (h *handler) health(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, struct {
		Healthy bool `json:"healthy"`
	}{true})
}

func (h *handler) ready(w http.ResponseWriter, _ *http.Request) {
	st := h.gate.Status()
	code := http.StatusOK
	if !st.Ready {
		code = http.StatusServiceUnavailable
	}
	answer(w, code, struct {
		Ready   bool     `json:"ready"`
		Reasons []string `json:"reasons"`
	}{st.Ready, st.Reasons})
}

func (h *handler) status(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, h.gate.Status())
}

func answer(w http.ResponseWriter, code int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "no answer could be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(data, '\n')) // whoever asked is gone
}
