// Command probe is a server for tests: it tells what it sees of its container, and
// answers each line with that line.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	mode := "echo"
	if len(args) > 0 {
		mode = args[0]
	}
	switch mode {
	case "echo":
		_, err := io.Copy(os.Stdout, os.Stdin)
		return err
	case "facts":
		return json.NewEncoder(os.Stdout).Encode(facts())
	case "args":
		return json.NewEncoder(os.Stdout).Encode(args)
	case "exit":
		fmt.Fprintln(os.Stderr, "last words")
		code, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		os.Exit(code)
	case "stay": // says so, and neither the end of its input nor SIGTERM ends it
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("here")
		time.Sleep(time.Hour)
	case "wait": // says so, and ends with SIGTERM
		fmt.Println("here")
		time.Sleep(time.Hour)
	case "write":
		fmt.Println(answer(os.WriteFile(args[1], []byte("x"), 0o600)))
		// As a server does: what has ended already cannot be looked at.
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	case "read":
		data, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		fmt.Print(string(data))
		_, err = io.Copy(io.Discard, os.Stdin)
		return err
	case "http":
		return serve(args[1])
	default:
		return errors.New("no such mode: " + mode)
	}
	return nil
}

// facts are what a test compares.
func facts() map[string]string {
	all := map[string]string{
		"uid":  strconv.Itoa(os.Getuid()) + ":" + strconv.Itoa(os.Getgid()),
		"root": answer(os.WriteFile("/written", nil, 0o600)),
		"tmp":  answer(os.WriteFile("/tmp/written", nil, 0o600)),
		"env":  strings.Join(os.Environ(), "\n"),
		"pid":  strconv.Itoa(os.Getpid()),
	}
	status, err := os.Open("/proc/self/status")
	if err != nil {
		all["status"] = err.Error()
		return all
	}
	lines := bufio.NewScanner(status)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if strings.HasPrefix(name, "Cap") || name == "NoNewPrivs" || name == "Seccomp" {
			all[name] = strings.TrimSpace(value)
		}
	}
	for name, files := range map[string][]string{
		"memory": {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"},
		"pids":   {"/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/pids.max"},
		"cpus":   {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu.max"},
	} {
		for _, file := range files {
			if data, err := os.ReadFile(file); err == nil {
				all[name] = strings.Fields(string(data))[0]
			}
		}
	}
	return all
}

func answer(err error) string {
	var code syscall.Errno
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &code):
		return code.Error()
	default:
		return err.Error()
	}
}

// serve answers each call with an empty result.
func serve(port string) error {
	fmt.Fprintln(os.Stderr, "listening")
	return http.ListenAndServe(":"+port, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var call struct {
			ID json.RawMessage `json:"id"`
		}
		if req.Method != http.MethodPost || json.NewDecoder(req.Body).Decode(&call) != nil || call.ID == nil {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{}}`, call.ID)
	}))
}
