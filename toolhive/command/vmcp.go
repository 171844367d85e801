package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/stacklok/toolhive-core/env"
	"github.com/stacklok/toolhive-core/permissions"
	"github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
	"github.com/stacklok/toolhive/pkg/vmcp/cli"
	"github.com/stacklok/toolhive/pkg/vmcp/config"
)

// askServe asks about what ToolHive's virtual MCP server brings in by itself: the
// servers that its configuration names by URL, and the container for embeddings
// that it starts for its optimizer. The backends of a group are workloads, which
// were asked about when they were started.
func askServe(cmd *cobra.Command, _ []string) (func() error, error) {
	file, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, err
	}
	if file != "" {
		if err := askBackends(cmd, file); err != nil {
			return nil, err
		}
	}
	return nil, askEmbedding(cmd)
}

// askBackends asks about each server of a configuration, which ToolHive reads
// again afterwards: the file is the person's own.
func askBackends(cmd *cobra.Command, file string) error {
	host, err1 := cmd.Flags().GetString("host")
	port, err2 := cmd.Flags().GetInt("port")
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	cfg, err := config.NewYAMLLoader(file, &env.OSReader{}).Load()
	if err != nil {
		return fmt.Errorf("configuration %s: %w", file, err)
	}
	for _, b := range cfg.Backends {
		err := create(cmd.Context(), "backend "+b.Name, &runner.RunConfig{
			Name: b.Name, RemoteURL: b.URL, Transport: types.TransportType(b.Transport), Host: host, Port: port,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// askEmbedding asks about the container for embeddings, where one is wanted.
func askEmbedding(cmd *cobra.Command) error {
	wanted, err1 := cmd.Flags().GetBool("optimizer-embedding")
	model, err2 := cmd.Flags().GetString("embedding-model")
	image, err3 := cmd.Flags().GetString("embedding-image")
	if err := errors.Join(err1, err2, err3); err != nil || !wanted {
		return err
	}
	if model == "" {
		model = cli.DefaultEmbeddingModel
	}
	if image == "" {
		image = cli.DefaultEmbeddingImage
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	models := filepath.Join(home, ".toolhive", "embedding-models") + ":/data" // as pkg/vmcp/cli/embedding_manager.go mounts it
	return create(cmd.Context(), "embedding service", &runner.RunConfig{
		Name: "embedding", Image: image, CmdArgs: []string{"--model-id", model},
		Transport: types.TransportTypeStreamableHTTP, ProxyMode: types.ProxyModeStreamableHTTP,
		Host: "127.0.0.1", PermissionProfile: &permissions.Profile{Write: []permissions.MountDeclaration{permissions.MountDeclaration(models)}},
	})
}
