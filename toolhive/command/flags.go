package command

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stacklok/toolhive/cmd/thv/app"
)

// runFlags are ToolHive's flags of run, into a place of ours.
func runFlags() (*app.RunFlags, *pflag.FlagSet) {
	cmd, out := &cobra.Command{}, &app.RunFlags{}
	app.AddRunFlags(cmd, out)
	app.AddOIDCFlags(cmd)
	return out, cmd.Flags()
}

// remoteFlags are ToolHive's flags for a remote server's authentication, into a
// place of ours.
func remoteFlags() (*app.RemoteAuthFlags, *pflag.FlagSet) {
	cmd, out := &cobra.Command{}, &app.RemoteAuthFlags{}
	app.AddRemoteAuthFlags(cmd, out)
	app.AddOIDCFlags(cmd)
	return out, cmd.Flags()
}

// flagsOf returns the names of the flags that set declares.
func flagsOf[T any](set func() (T, *pflag.FlagSet)) []string {
	var names []string
	_, flags := set()
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// read returns what set declares with the values that ToolHive has parsed for
// cmd: the command line is not parsed a second time.
func read[T any](cmd *cobra.Command, set func() (T, *pflag.FlagSet)) (out T, err error) {
	out, flags := set()
	flags.VisitAll(func(to *pflag.Flag) {
		from := cmd.Flags().Lookup(to.Name)
		switch {
		case err != nil:
		case from == nil:
			err = fmt.Errorf("ToolHive has no flag --%s", to.Name)
		case from.Changed:
			err = assign(to.Value, from.Value)
		}
		if err != nil {
			err = fmt.Errorf("flag --%s: %w", to.Name, err)
		}
	})
	return out, err
}

// assign gives to the value of from. A list is not written as text in between,
// which would divide its members anew.
func assign(to, from pflag.Value) error {
	if to.Type() != from.Type() {
		return fmt.Errorf("it is %s, and ToolHive's is %s", to.Type(), from.Type())
	}
	toList, ok := to.(pflag.SliceValue)
	if !ok {
		return to.Set(from.String())
	}
	fromList, ok := from.(pflag.SliceValue)
	if !ok {
		return fmt.Errorf("ToolHive's is no list")
	}
	return toList.Replace(fromList.GetSlice())
}
