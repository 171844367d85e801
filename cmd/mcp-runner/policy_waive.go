package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/spf13/cobra"
)

// policyWaive are the flags of policy waive.
type policyWaive struct {
	decision, policy, msg    string
	ttl, expires             string
	reason, ticket, approver string
	msgOnly, dryRun, msgSet  bool
}

func newPolicyWaiveCommand(a *app) *cobra.Command {
	f := &policyWaive{}
	cmd := &cobra.Command{
		Use:   "waive [flags] DIR",
		Short: "Write a waiver for a denial",
		Long: `waive writes a waiver for one violation of a decision into the data.yaml of a
policy repository or a directory of policies, below mcp.settings.waivers. The
decision is what check prints as JSON, or a line of the decision record.

The waiver matches the server's name and what pins the server: the digest of its
image, else its package with an exact version, each with all arguments of the
command that starts it; else the digest of the command with all arguments, or
the URL. A server that nothing pins cannot be waived, nor can one
whose command fetches a package without an exact version.`,
		Example: `  mcp-runner check -o json --policy ./mcp-policies/policy docker.io/acme/search@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 > denial.json
  mcp-runner policy waive --policy images.registry --ttl 12h --reason "pilot" --dry-run ./mcp-policies < denial.json
  mcp-runner policy waive --decision denial.json --ttl 30d --reason "migration" --ticket SEC-123 ./mcp-policies`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("want one directory, as in: mcp-runner policy waive --reason WHY --ttl 30d ./mcp-policies")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f.msgSet = cmd.Flags().Changed("msg")
			return a.policyWaive(f, args[0], time.Now())
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.decision, "decision", "-", "`file` with the decision as JSON; - is standard input")
	fs.StringVar(&f.policy, "policy", "", "`name` of the policy to waive; needed where the decision has violations of several")
	fs.StringVar(&f.msg, "msg", "", "waive only the violation with exactly this `message`")
	fs.BoolVar(&f.msgOnly, "msg-only", false, "waive only the violation with the message that it has in the decision")
	fs.StringVar(&f.ttl, "ttl", "", "how long the waiver lasts, as in 720h or 30d")
	fs.StringVar(&f.expires, "expires", "", "when the waiver ends, as in 2026-12-31T00:00:00Z")
	fs.StringVar(&f.reason, "reason", "", "why (required)")
	fs.StringVar(&f.ticket, "ticket", "", "where it was asked for")
	fs.StringVar(&f.approver, "approver", "", "who approved it")
	fs.BoolVar(&f.dryRun, "dry-run", false, "print the waiver and write nothing")
	return cmd
}

func (a *app) policyWaive(f *policyWaive, dir string, now time.Time) error {
	expires, err := f.until(now)
	if err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(f.reason) == "":
		return usagef("--reason is needed: say why, for those who find the waiver later")
	case f.msgSet && f.msg == "":
		return usagef("--msg is empty: leave it out, or give the message of the violation")
	case f.msgSet && f.msgOnly:
		return usagef("--msg says which message; leave --msg-only out")
	}
	repo, err := openRepository(dir)
	if err != nil {
		return err
	}
	denial, err := a.readDenial(f.decision)
	if err != nil {
		return err
	}
	w, err := f.waiver(denial)
	if err != nil {
		return err
	}
	w.Expires = expires.UTC().Format(time.RFC3339)
	file, err := openWaivers(repo.policy)
	if err != nil {
		return err
	}
	if err := file.add(w, now); err != nil {
		return err
	}
	verb := "would write"
	if !f.dryRun {
		verb = "wrote"
		if err := file.write(); err != nil {
			return err
		}
	}
	text, err := w.yaml()
	if err != nil {
		return err
	}
	p := newPrinter(a.stdout)
	p.Printf("%s into %s below mcp.settings.waivers:\n", verb, show.Clean(file.path))
	p.lines("  ", gate.RedactText(text))
	return p.Err()
}

// latest is the last moment that OPA's nanoseconds reach, rounded down to a year.
var latest = time.Date(2262, time.January, 1, 0, 0, 0, 0, time.UTC)

// until is when the waiver ends.
func (f *policyWaive) until(now time.Time) (time.Time, error) {
	var end time.Time
	switch {
	case f.ttl != "" && f.expires != "":
		return end, usagef("--ttl and --expires both say when the waiver ends: give one")
	case f.ttl != "":
		ttl, err := parseTTL(f.ttl)
		if err != nil {
			return end, usagef("--ttl %q: want a time above 0, as in 720h or 30d", f.ttl)
		}
		end = now.Add(ttl).Truncate(time.Second)
	case f.expires != "":
		var err error
		if end, err = time.Parse(time.RFC3339, f.expires); err != nil {
			return end, usagef("--expires %q: want a time with a zone, as in 2026-12-31T00:00:00Z", f.expires)
		}
	default:
		return end, usagef("a waiver ends: give --ttl or --expires")
	}
	switch {
	case !end.After(now):
		return end, usagef("the waiver would end at %s, which is past", end.Format(time.RFC3339))
	case !end.Before(latest):
		return end, usagef("the waiver would end at %s: want a time before the year 2262", end.Format(time.RFC3339))
	}
	return end, nil
}

// parseTTL reads a Go duration, or a number of days as in 30d.
func parseTTL(s string) (time.Duration, error) {
	ttl, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, daysErr := strconv.ParseUint(days, 10, 16)
		ttl, err = time.Duration(n)*24*time.Hour, daysErr
	}
	if err == nil && ttl <= 0 {
		err = errors.New("not above 0")
	}
	return ttl, err
}

// maxDenial bounds the file of a decision.
const maxDenial = 16 << 20

func (a *app) readDenial(name string) (*denial, error) {
	from, shown := io.Reader(a.stdin), "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // nothing was written
		from, shown = f, filepath.Base(name)
	}
	data, err := io.ReadAll(io.LimitReader(from, maxDenial+1))
	if err != nil {
		return nil, fmt.Errorf("decision of %s: %w", shown, err)
	}
	if len(data) > maxDenial {
		return nil, fmt.Errorf("decision of %s: larger than %d bytes", shown, maxDenial)
	}
	d, err := parseDenial(data)
	if err != nil {
		return nil, fmt.Errorf("decision of %s: %w", shown, err)
	}
	return d, nil
}
