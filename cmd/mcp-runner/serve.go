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

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/runner"
)

// onPolicyChange is the flag that says what becomes of a running server that
// the policies now in force would not allow.
type onPolicyChange struct{ runner.PolicyChange }

func (c *onPolicyChange) register(cmd *cobra.Command) {
	c.PolicyChange = runner.PolicyChangeWarn
	cmd.Flags().Var(c, "on-policy-change", "what becomes of a running server that changed policies would not allow: warn, stop or ignore")
	noFileCompletion(cmd, "on-policy-change", string(runner.PolicyChangeWarn), string(runner.PolicyChangeStop), string(runner.PolicyChangeIgnore))
}

func (c *onPolicyChange) String() string { return string(c.PolicyChange) }
func (c *onPolicyChange) Type() string   { return "string" }
func (c *onPolicyChange) Set(s string) (err error) {
	c.PolicyChange, err = runner.ParsePolicyChange(s)
	return err
}

// endpointPath is where the HTTP endpoint stands.
const endpointPath = "/mcp"

// closeTime is how long sessions may take to end before they are cut off. It
// covers the close of stdin, SIGTERM and SIGKILL of a stubborn server.
const closeTime = 15 * time.Second

// runHTTP serves the server over streamable HTTP until ctx ends.
func (a *app) runHTTP(ctx context.Context, r *runner.Runner, cfg *runner.RunConfig, policy *policySources, log *slog.Logger) error {
	if err := r.Check(ctx, cfg); err != nil {
		return err
	}
	if err := r.Supported(cfg); err != nil {
		return err
	}
	ln, err := listen(cfg)
	if err != nil {
		return err
	}
	proxy := runner.NewProxy(runner.ProxyOptions{Runner: r, Config: cfg, Log: log})
	mux := http.NewServeMux()
	mux.Handle(endpointPath, proxy)
	srv := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	url := "http://" + ln.Addr().String() + endpointPath
	if err := a.announce(cfg, url, policy); err != nil {
		return errors.Join(err, ln.Close())
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }() // ends in Shutdown or Close below
	select {
	case err = <-served:
		served = nil
	case <-ctx.Done():
	}

	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	err = errors.Join(err, proxy.Close(closing))
	// No session is left; a connection that is merely open need not be waited for.
	brief, cancel := context.WithTimeout(closing, time.Second)
	defer cancel()
	if shutdown := srv.Shutdown(brief); shutdown != nil {
		err = errors.Join(err, srv.Close())
	}
	if served != nil {
		if serveErr := <-served; !errors.Is(serveErr, http.ErrServerClosed) {
			err = errors.Join(err, serveErr)
		}
	}
	return err
}

// listen opens the endpoint. A name that policy took for a loopback must be one
// in truth.
func listen(cfg *runner.RunConfig) (net.Listener, error) {
	ln, err := net.Listen("tcp", net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port)))
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(cfg.Host); err == nil {
		return ln, nil
	}
	addr, err := netip.ParseAddrPort(ln.Addr().String())
	if err != nil || !addr.Addr().Unmap().IsLoopback() {
		notLoopback := fmt.Errorf("--host %s: that name is %s here; give the address instead of the name", cfg.Host, ln.Addr())
		return nil, errors.Join(notLoopback, ln.Close())
	}
	return ln, nil
}

// announce tells where the server is, and for the demo how to try it.
func (a *app) announce(cfg *runner.RunConfig, url string, policy *policySources) error {
	if cfg.Name != demoName {
		_, err := fmt.Fprintf(a.stdout, "Serving %s\n", url)
		return err
	}
	newPrinter(a.stdout).Summary(policy.decisions.shown())
	_, err := fmt.Fprintf(a.stdout, `
Serving %[1]s

Try it from another terminal:
  npx -y @modelcontextprotocol/inspector --cli %[1]s --transport http --method tools/call --tool-name add --tool-arg a=2 --tool-arg b=3

See a denial: stop this with Ctrl-C, and add --host 0.0.0.0 to the command.
`, url)
	return err
}
