package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	strict "github.com/go-json-experiment/json"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/gate/diagnostics"
)

// Bounds of asking a running process.
const (
	askTime   = 10 * time.Second
	maxStatus = 16 << 20
)

// askStatus asks the diagnostics of a running process and returns the URL that
// it asked, too.
func askStatus(ctx context.Context, addr string) (st gate.Status, from string, err error) {
	u, err := statusURL(addr)
	if err != nil {
		return st, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return st, "", usagef("--addr is no address that can be asked")
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	from = u.Redacted()
	resp, err := client.Do(req)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err // it would name the URL once more
		}
		return st, from, fmt.Errorf("no process answers at %s: %w; is that the --diagnostics-addr of one that runs?", from, err)
	}
	defer resp.Body.Close() // it was only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxStatus+1))
	if err != nil {
		return st, from, fmt.Errorf("%s: %w", from, err)
	}
	if why := readStatus(resp, body, &st); why != "" {
		return st, from, fmt.Errorf("%s is not the diagnostics of mcp-runner: %s", from, why)
	}
	return st, from, nil
}

// readStatus reads an answer into st, or says what is wrong with it.
func readStatus(resp *http.Response, body []byte, st *gate.Status) string {
	form, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")) // "" is none
	var whole struct {
		Ready   *bool       `json:"ready"`
		Sources *[]struct{} `json:"sources"`
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		return "the answer is " + resp.Status
	case form != "application/json":
		return "the answer is not JSON"
	case len(body) > maxStatus:
		return fmt.Sprintf("the answer is longer than %d bytes", maxStatus)
	case strict.Unmarshal(body, st) != nil, strict.Unmarshal(body, &whole) != nil, whole.Ready == nil, whole.Sources == nil:
		return "the answer is not a status"
	}
	return ""
}

// statusURL reads --addr. Its errors do not quote it: it may hold a password.
func statusURL(addr string) (*url.URL, error) {
	if !strings.Contains(addr, "://") {
		addr = "http://" + addr
	}
	u, err := url.Parse(addr)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, usagef("--addr: want HOST:PORT, such as 127.0.0.1:9464, or an http or https URL")
	}
	path := strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), diagnostics.PathStatus)
	u.Path, u.RawPath = path+diagnostics.PathStatus, ""
	return u, nil
}
