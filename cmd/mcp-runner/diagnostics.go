package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/mcp-runner/mcp-runner/gate/diagnostics"
	"github.com/spf13/cobra"
)

// diagnosticsFlags say where a process shows how it is.
type diagnosticsFlags struct{ addr string }

func (f *diagnosticsFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.addr, "diagnostics-addr", "", "`HOST:PORT` to answer /metrics, /healthz, /readyz and /status on, such as 127.0.0.1:9464; port 0 picks a free one (default: nowhere)")
}

// listen opens the address, so that one that is taken is known before anything
// starts. It returns nil where the flag is not given.
func (f *diagnosticsFlags) listen() (*diagnosticsServer, error) {
	if f.addr == "" {
		return nil, nil
	}
	host, port, err := net.SplitHostPort(f.addr)
	if err != nil || host == "" {
		return nil, usagef("--diagnostics-addr %q: want HOST:PORT, such as 127.0.0.1:9464, or 0.0.0.0:9464 for every network of this machine", f.addr)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return nil, usagef("--diagnostics-addr %q: want a port from 0 to 65535", f.addr)
	}
	ln, err := net.Listen("tcp", f.addr)
	if err != nil {
		return nil, fmt.Errorf("--diagnostics-addr: %w", err)
	}
	return &diagnosticsServer{ln: ln}, nil
}

// diagnosticsServer shows how this process is; nil shows nothing.
type diagnosticsServer struct {
	ln     net.Listener
	srv    *http.Server  // nil until serve
	served chan struct{} // closed when srv has ended
}

// serve answers from now on, until Close.
func (s *diagnosticsServer) serve(policy *policySources, log *slog.Logger) error {
	if s == nil {
		return nil
	}
	handler, err := diagnostics.New(diagnostics.Options{
		Gate:     policy.gate,
		Recorder: policy.counted,
		Lost:     policy.lost,
		Version:  buildVersion(),
		Log:      log,
	})
	if err != nil {
		return err
	}
	s.srv = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	url := "http://" + s.ln.Addr().String()
	log.Info("diagnostics are served", "url", url)
	if addr, err := netip.ParseAddrPort(s.ln.Addr().String()); err != nil || !addr.Addr().Unmap().IsLoopback() {
		log.Warn("diagnostics are open to other machines: whoever reaches them may read names of policies and why they do not load", "url", url)
	}
	s.served = make(chan struct{})
	go func() { // ends in Close
		defer close(s.served)
		if err := s.srv.Serve(s.ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("diagnostics are not served any more", slog.Any("error", err))
		}
	}()
	return nil
}

// Close ends what listen and serve began. It waits a moment for an answer that
// is under way.
func (s *diagnosticsServer) Close() error {
	if s == nil {
		return nil
	}
	if s.srv == nil {
		return s.ln.Close()
	}
	brief, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.srv.Shutdown(brief)
	if err != nil {
		err = s.srv.Close()
	}
	<-s.served
	return err
}
