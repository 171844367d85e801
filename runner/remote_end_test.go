package runner_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

const callLine = `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`

// fakeRemote is a remote server without a network, for the time of synctest.
type fakeRemote func(req *http.Request) (*http.Response, error)

func (f fakeRemote) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func response(status int, contentType, body string) *http.Response {
	header := http.Header{"Content-Type": {contentType}, "Mcp-Session-Id": {"one"}}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

// sessionThen opens a session, and leaves everything else to then.
func sessionThen(then fakeRemote) fakeRemote {
	return func(req *http.Request) (*http.Response, error) {
		if req.Header.Get("Mcp-Session-Id") == "" {
			return response(200, "application/json", `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}}`), nil
		}
		return then(req)
	}
}

// setupRemote sets a remote server up, whose log is kept.
func setupRemote(t *testing.T, f fakeRemote, out io.Writer) (server runner.Server, stdin *io.PipeWriter, log *bytes.Buffer) {
	t.Helper()
	return setupConfig(t, remoteConfig(), f, out)
}

func setupConfig(t *testing.T, cfg *runner.RunConfig, f fakeRemote, out io.Writer) (server runner.Server, stdin *io.PipeWriter, log *bytes.Buffer) {
	t.Helper()
	in, stdin := io.Pipe()
	log = new(bytes.Buffer)
	runtime := runner.NewRemoteRuntime(runner.RemoteOptions{
		HTTPClient: &http.Client{Transport: f},
		Log:        slog.New(slog.NewTextHandler(log, nil)),
	})
	server, err := runtime.Setup(t.Context(), runner.Approve(cfg), runner.Stdio{Stdin: in, Stdout: out})
	require.NoError(t, err)
	return server, stdin, log
}

func sendLine(t *testing.T, w io.Writer, line string) {
	t.Helper()
	_, err := io.WriteString(w, line+"\n")
	require.NoError(t, err)
}

func TestForgottenSessionEndsThoughTheClientStays(t *testing.T) {
	for name, c := range map[string]struct {
		reads bool
		want  time.Duration
	}{
		"reads":         {true, 5 * time.Second},
		"does not read": {false, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stdout, out := io.Pipe()
				to := io.Writer(out)
				if c.reads {
					to = io.Discard
				}
				server, stdin, _ := setupRemote(t, sessionThen(func(*http.Request) (*http.Response, error) {
					return response(404, "", ""), nil
				}), to)
				if !c.reads {
					go func() { // the answer to initialize; the next write blocks
						if _, err := stdout.Read(make([]byte, 1<<10)); err != nil {
							t.Error(err)
						}
					}()
				}
				sendLine(t, stdin, initializeLine)
				synctest.Wait()
				began := time.Now()
				sendLine(t, stdin, callLine)
				sendLine(t, stdin, strings.Replace(callLine, "7", "8", 1))
				require.ErrorContains(t, server.Wait(), "remote server mcp.example ended the session")
				require.Equal(t, c.want, time.Since(began))
				require.NoError(t, stdin.Close())
				require.NoError(t, stdout.Close())
			})
		})
	}
}

func TestForgottenSessionAnswersWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stdout, out := io.Pipe()
		server, stdin, _ := setupRemote(t, sessionThen(func(req *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(req.Body)
			if err == nil && bytes.Contains(body, []byte(`"id":6`)) {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
			return response(404, "", ""), err
		}), out)
		lines := bufio.NewScanner(stdout)
		sendLine(t, stdin, initializeLine)
		require.True(t, lines.Scan())
		began := time.Now()
		sendLine(t, stdin, strings.Replace(callLine, "7", "6", 1))
		sendLine(t, stdin, callLine)
		for range 2 {
			require.True(t, lines.Scan())
			require.Contains(t, lines.Text(), "remote server mcp.example ended the session")
		}
		require.Zero(t, time.Since(began))
		require.NoError(t, stdin.Close())
		require.ErrorContains(t, server.Wait(), "ended the session")
		require.NoError(t, stdout.Close())
	})
}

func TestClientThatDoesNotReadEndsWithItsInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stdout, out := io.Pipe()
		var deleted atomic.Bool
		server, stdin, _ := setupRemote(t, sessionThen(func(req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodDelete {
				deleted.Store(true)
				return response(200, "", ""), nil
			}
			return response(200, "text/event-stream", strings.Repeat("data: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n", 1000)), nil
		}), out)
		sendLine(t, stdin, initializeLine)
		sendLine(t, stdin, callLine)
		began := time.Now()
		require.NoError(t, stdin.Close())
		require.ErrorContains(t, server.Wait(), "client does not read what it is sent")
		require.Equal(t, 10*time.Second, time.Since(began))
		require.True(t, deleted.Load(), "the remote server is told all the same")
		require.NoError(t, stdout.Close())
	})
}

func TestClientThatSendsAndNeverReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stdout, out := io.Pipe()
		server, stdin, _ := setupRemote(t, func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}, out)
		go func() {
			for { // two calls with one ID are answered at once
				if _, err := io.WriteString(stdin, callLine+"\n"); err != nil {
					return
				}
			}
		}()
		require.ErrorContains(t, server.Wait(), "client does not read what it is sent")
		require.NoError(t, stdin.Close())
		require.NoError(t, stdout.Close())
	})
}

func TestRemoteThatWasNeverReached(t *testing.T) {
	for name, c := range map[string]struct {
		answer fakeRemote
		want   string // "" where it ends well
	}{
		"refused": {func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED }, "remote server mcp.example: connection refused"},
		"quotes":  {func(*http.Request) (*http.Response, error) { return nil, errors.New("https://hush/") }, "remote server mcp.example: request failed"},
		"status":  {func(*http.Request) (*http.Response, error) { return response(401, "", "hush"), nil }, "remote server mcp.example answered with status 401 Unauthorized"},
		"silent": {func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}, "remote server mcp.example answered nothing before the session ended"},
		"later": {func(req *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(req.Body)
			if err != nil || !bytes.Contains(body, []byte(`"id":9`)) {
				return nil, syscall.ECONNREFUSED
			}
			return response(200, "application/json", `{"jsonrpc":"2.0","id":9,"result":{}}`), nil
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, stdin, log := setupRemote(t, c.answer, io.Discard)
				for id := 7; id < 10; id++ {
					sendLine(t, stdin, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`, id))
					sendLine(t, stdin, `{"jsonrpc":"2.0","method":"notifications/x"}`)
				}
				require.NoError(t, stdin.Close())
				err := server.Wait()
				require.NotContains(t, log.String(), "hush")
				if c.want == "" {
					require.NoError(t, err)
					return
				}
				require.EqualError(t, err, c.want)
				if name != "silent" {
					require.Equal(t, 1, strings.Count(log.String(), "level=WARN"), log.String())
					require.Contains(t, log.String(), c.want)
				}
			})
		})
	}
}

func TestRemoteWithoutRequests(t *testing.T) {
	server, stdin, _ := setupRemote(t, func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED }, io.Discard)
	require.NoError(t, stdin.Close())
	require.NoError(t, server.Wait())
}

func TestEndOfInputWaitsForNotifications(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var took atomic.Bool
		server, stdin, _ := setupRemote(t, func(req *http.Request) (*http.Response, error) {
			select {
			case <-time.After(time.Second):
				took.Store(true)
				return response(202, "", ""), nil
			case <-req.Context().Done():
				return nil, req.Context().Err()
			}
		}, io.Discard)
		sendLine(t, stdin, `{"jsonrpc":"2.0","method":"notifications/x"}`)
		require.NoError(t, stdin.Close())
		require.NoError(t, server.Wait())
		require.True(t, took.Load())
	})
}
