package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/runner"
)

// through returns what stands behind the programs that cfg goes through: cfg
// itself, or what the mcp-runner in it would run. What was found is noted in s.
// Of each mcp-runner that may not do what this one does, doubtful is the program
// itself, without the server behind it.
func (j *judge) through(ctx context.Context, cfg *runner.RunConfig, place runner.Place, s *audit.Server) (inner *runner.RunConfig, doubtful []*runner.RunConfig, err error) {
	const mostGates = 3 // more is no honest configuration
	for range mostGates {
		switch name := programOf(cfg.Command); {
		case name == "thv" && firstWord(cfg.CmdArgs) == "run":
			s.Gate.Through, s.Gate.Command = cmp.Or(s.Gate.Through, audit.ThroughToolHive), gateCommand(s, cfg)
			return cfg, doubtful, nil
		case name == "docker" && isPrefix(cfg.CmdArgs, "mcp", "gateway", "run"):
			s.Gate.Through, s.Gate.Command = cmp.Or(s.Gate.Through, audit.ThroughDocker), gateCommand(s, cfg)
			return cfg, doubtful, nil
		case !slices.Contains(cfg.CmdArgs, "run"):
			return cfg, doubtful, nil
		}
		line, err := parseRunLine(cfg.CmdArgs)
		if line == nil || programOf(cfg.Command) != "mcp-runner" && (err != nil || !j.same(ctx, cfg, place)) {
			return cfg, doubtful, nil
		}
		s.Gate.Through, s.Gate.Command = audit.ThroughRunner, gateCommand(s, cfg)
		own, weak := ownPolicy(line, cfg)
		s.Gate.Policy = append(s.Gate.Policy, own...)
		notes := j.gateNotes(ctx, cfg, place)
		s.Notes = append(s.Notes, notes...)
		switch {
		case len(notes) > 0:
			s.Gate.State = audit.Unverified
		case weak:
			s.Gate.State = cmp.Or(strings.TrimPrefix(s.Gate.State, audit.Whole), audit.Weakened)
		}
		if weak {
			s.Notes = append(s.Notes, "the entry decides itself how much mcp-runner checks or writes down: "+strings.Join(own, " "))
		}
		if len(notes) > 0 || weak {
			doubtful = append(doubtful, bareGate(line, cfg, place))
		}
		s.Gate.State = cmp.Or(s.Gate.State, audit.Whole)
		if err == nil {
			cfg, err = behindGate(line, cfg, place)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("what stands behind mcp-runner run cannot be read: %w", err)
		}
	}
	return nil, nil, errors.New("mcp-runner starts itself again and again")
}

// same reports whether cfg starts this very program, by whatever name.
func (j *judge) same(ctx context.Context, cfg *runner.RunConfig, place runner.Place) bool {
	found, _, err := runner.Survey(ctx, gateProgram(cfg, place), place)
	return err == nil && found.Resolved.Command.SHA256 == j.self
}

// gateProgram is the program of cfg as the client finds it. Where the entry sets
// PATH, some clients look there first.
func gateProgram(cfg *runner.RunConfig, place runner.Place) *runner.RunConfig {
	if strings.ContainsAny(cfg.Command, `/\`) {
		return &runner.RunConfig{Command: cfg.Command}
	}
	for _, dir := range filepath.SplitList(cfg.EnvVars["PATH"]) {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(place.Dir, dir)
		}
		if file, err := exec.LookPath(filepath.Join(dir, cfg.Command)); err == nil {
			return &runner.RunConfig{Command: file}
		}
	}
	return &runner.RunConfig{Command: cfg.Command}
}

// bareGate is a mcp-runner without its server, and with those variables of the
// entry that the server does not get: policy must allow that, too.
func bareGate(line *runLine, cfg *runner.RunConfig, place runner.Place) *runner.RunConfig {
	c := gateProgram(cfg, place)
	c.SchemaVersion, c.Name, c.Transport, c.EnvVars = runner.CurrentSchemaVersion, cfg.Name, runner.TransportStdio, map[string]string{}
	for name, value := range cfg.EnvVars {
		if !slices.Contains(line.flags.env, name) && !strings.HasPrefix(name, runner.SecretVariable("")) {
			c.EnvVars[name] = value
		}
	}
	return c
}

// gateCommand is the first program that the entry goes through.
func gateCommand(s *audit.Server, cfg *runner.RunConfig) string {
	return cmp.Or(s.Gate.Command, gate.RedactText(cfg.Command))
}

// programOf is the name of a program by a path of any system.
func programOf(command string) string {
	return strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(command, `\`, "/"))), ".exe")
}

// firstWord is the first argument that is no flag.
func firstWord(args []string) string {
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return arg
		}
	}
	return ""
}

func isPrefix(args []string, words ...string) bool {
	return len(args) >= len(words) && slices.Equal(args[:len(words)], words)
}

// gateNotes says what is odd about the mcp-runner that an entry names.
func (j *judge) gateNotes(ctx context.Context, cfg *runner.RunConfig, place runner.Place) []string {
	found, _, err := runner.Survey(ctx, gateProgram(cfg, place), place)
	switch {
	case err != nil:
		return []string{gate.RedactText(fmt.Sprintf("the client cannot start mcp-runner: %s", err))}
	case found.Resolved.Command.Path == "":
		return []string{"the mcp-runner that the entry names is not on this machine: the client cannot start it here"}
	case found.Resolved.Command.SHA256 != j.self:
		return []string{gate.RedactText(fmt.Sprintf("the entry names %s, which is another build than the mcp-runner of this audit, or another program", found.Resolved.Command.Path))}
	}
	return nil
}

// runLine is a command line of mcp-runner that was parsed, and not run.
type runLine struct {
	cmd   *cobra.Command
	flags *serverFlags
}

// parseRunLine reads the arguments of mcp-runner as the program itself would.
// It returns nil where they are of another command than run.
func parseRunLine(args []string) (*runLine, error) {
	root := newRootCommand(&app{stdout: io.Discard, stderr: io.Discard})
	found, rest, err := root.Find(args)
	if err != nil || found.Name() != "run" || found.Parent() != root {
		return nil, nil
	}
	root.RemoveCommand(found)
	cmd, flags := newRun(&app{stdout: io.Discard, stderr: io.Discard})
	root.AddCommand(cmd)
	if err := cmd.ParseFlags(rest); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			err = errors.New("it asks for help")
		}
		return &runLine{cmd, flags}, err
	}
	return &runLine{cmd, flags}, nil
}

// behindGate is the server that the mcp-runner of cfg would start. A variable
// that the entry sets for mcp-runner, and that mcp-runner passes on, stands in
// clear in the file; so does a secret whose variable the entry sets.
func behindGate(line *runLine, cfg *runner.RunConfig, place runner.Place) (*runner.RunConfig, error) {
	flags, set := line.flags, line.cmd.Flags()
	for _, file := range []*string{&flags.fromConfig, &flags.envFile, &flags.profile} {
		named := *file != runner.ProfileNone && *file != runner.ProfileNetwork
		if *file != "" && named && !filepath.IsAbs(*file) {
			*file = filepath.Join(place.Dir, *file)
		}
	}
	inner, err := flags.config(set, set.Args(), set.ArgsLenAtDash())
	if err != nil {
		return nil, err
	}
	inner = inner.Clone()
	literal := func(name, value string) {
		if inner.EnvVars == nil {
			inner.EnvVars = map[string]string{}
		}
		inner.EnvVars[name] = value
	}
	for name, value := range cfg.EnvVars {
		if slices.Contains(inner.HostEnv, name) {
			inner.HostEnv = without(inner.HostEnv, name)
			literal(name, value)
		}
	}
	inner.Secrets = slices.DeleteFunc(inner.Secrets, func(reference string) bool {
		secret, err := runner.ParseSecret(reference)
		if err != nil {
			return false // it stays for the config's own check
		}
		value, ok := cfg.EnvVars[runner.SecretVariable(secret.Name)]
		if ok {
			literal(secret.Target, value)
		}
		return ok
	})
	if forward := inner.HeaderForward; forward != nil {
		for name, secret := range forward.AddHeadersFromSecret {
			value, ok := cfg.EnvVars[runner.SecretVariable(secret)]
			if !ok {
				continue
			}
			delete(forward.AddHeadersFromSecret, name)
			if forward.AddPlaintextHeaders == nil {
				forward.AddPlaintextHeaders = map[string]string{}
			}
			forward.AddPlaintextHeaders[name] = value
		}
	}
	if list, ok := cfg.EnvVars["PATH"]; ok {
		literal("PATH", list) // mcp-runner finds the command there
	}
	return inner, nil
}
