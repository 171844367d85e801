package runner

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// maxRemoteWarnings bounds the failures that are logged, for a remote server
// has a say in their texts.
const maxRemoteWarnings = 16

// errSessionGone says that the remote server knows the session no more.
var errSessionGone = errors.New("the session is gone")

// remoteError is a request that failed. Its text holds the host and the kind of
// failure only: the texts of the errors below may quote URLs, of requests or of
// redirects, which may hold secrets.
type remoteError struct {
	text string
	err  error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.err }

// statusError is a response that refused a request.
type statusError struct {
	host string
	code int
	// answer is the JSON-RPC error in the response's body, where it held one.
	answer *jsonrpc.Error
	hint   string // what may help, or ""
}

func (e *statusError) Error() string {
	return fmt.Sprintf("remote server %s answered with status %d %s%s", e.host, e.code, http.StatusText(e.code), e.hint)
}

func (e *statusError) oneOf(codes ...int) bool { return slices.Contains(codes, e.code) }

// redirectError is a redirect that was not followed.
type redirectError struct{ reason string }

func (e *redirectError) Error() string { return "redirect refused: " + e.reason }

// failureKind names what went wrong, in words that quote nothing.
func failureKind(err error) string {
	var (
		redirect  *redirectError
		lookup    *net.DNSError
		timeout   interface{ Timeout() bool }
		errno     syscall.Errno
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		cert      *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		alert     tls.AlertError
		wrapped   *url.Error
	)
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch {
	case errors.As(err, &redirect):
		return redirect.Error()
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timed out"
	case errors.As(err, &lookup):
		return "host name not found"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &authority):
		return "certificate is signed by an unknown authority"
	case errors.As(err, &hostname):
		return "certificate is for another host"
	case errors.As(err, &cert):
		return "certificate is not valid"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the server speaks HTTP, not HTTPS"
	case errors.As(err, &record), errors.As(err, &alert):
		return "TLS handshake failed"
	case errors.Is(err, wire.ErrTooLong):
		return wire.ErrTooLong.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "connection closed"
	case strings.HasPrefix(err.Error(), "failed to parse Location header"): // net/http has no type for it
		return "redirect refused: its target is malformed"
	default:
		return "request failed"
	}
}

// fail notes why a request did not succeed, and logs what was not logged yet.
func (s *remoteServer) fail(err error) {
	text := err.Error()
	s.mu.Lock()
	if s.failure == nil {
		s.failure = err
	}
	first := !s.warned[text] && len(s.warned) < maxRemoteWarnings
	if first {
		s.warned[text] = true
	}
	s.mu.Unlock()
	if first {
		s.log.Warn("request to the remote server failed", "error", err)
	}
}

// unanswered notes that the session ended before the answer to a call.
func (s *remoteServer) unanswered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure == nil {
		s.failure = fmt.Errorf("remote server %s answered nothing before the session ended", s.conn.endpoint.Host)
	}
}

// result is how the session ended, as far as it did.
func (s *remoteServer) result() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil || s.succeeded {
		return s.cause
	}
	return s.failure
}

// succeed notes that the remote server took a request.
func (s *remoteServer) succeed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.succeeded = true
}
