package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/spf13/cobra"
)

// outputFlag adds -o to a command; the first of forms is the default.
func outputFlag(cmd *cobra.Command, into *string, what string, forms ...string) {
	cmd.Flags().StringVarP(into, "output", "o", forms[0], what+": "+oneOf(forms))
	noFileCompletion(cmd, "output", forms...)
}

// checkOutput refuses a form of output that is none of forms.
func checkOutput(output string, forms ...string) error {
	if !slices.Contains(forms, output) {
		return usagef("--output %q: want %s", output, oneOf(forms))
	}
	return nil
}

// oneOf is a list for a sentence: a, b or c.
func oneOf(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// printJSON prints v on stdout for people and for programs.
func (a *app) printJSON(v any) error {
	data, err := show.JSON(v, "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, data)
	return err
}
