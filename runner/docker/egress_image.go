package docker

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/mcp-runner/mcp-runner/internal/egress"
)

// labelEgress is on the image of the egress container: the SHA-256 of its layer.
const labelEgress = "io.github.mcp-runner.egress"

// importing keeps the servers of one process from making the same image twice.
var importing sync.Mutex

// egressImage returns the ID of the image with the program at file, or with our own
// where file is "". It is made once for each program.
func (e *Engine) egressImage(ctx context.Context, api *engine, file string) (string, error) {
	if api.os != "linux" {
		return "", fmt.Errorf("the engine runs %s containers: a list of hosts needs one for linux", api.os)
	}
	arch := api.arch
	if goArch, ok := map[string]string{"x86_64": "amd64", "aarch64": "arm64"}[arch]; ok {
		arch = goArch // as uname has it
	}
	f, err := openEgress(file, arch)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if err := archiveProgram(sum, f); err != nil {
		return "", fmt.Errorf("%s: %w", f.Name(), err)
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	name := egressRepository + ":" + digest
	importing.Lock()
	defer importing.Unlock()
	if id, err := egressMade(ctx, api, name, digest); err == nil || !errdefs.IsNotFound(err) {
		return id, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	var id string
	err = importProgram(ctx, api, f, arch, name, digest)
	if err == nil {
		id, err = egressMade(ctx, api, name, digest)
	}
	if err != nil {
		_, gone := api.ImageRemove(context.WithoutCancel(ctx), name, client.ImageRemoveOptions{})
		if errdefs.IsNotFound(gone) {
			gone = nil
		}
		return "", errors.Join(err, gone)
	}
	if err := dropOldEgress(ctx, api, id); err != nil {
		cmp.Or(e.opts.Log, slog.Default()).Debug("images of other versions of the egress container are left", "error", err)
	}
	return id, nil
}

// egressMade returns the ID of the image that was made before. Its name and its
// label anybody can give to an image, also one that is only loaded from a file;
// what counts is that it has the one layer with the program, and adds nothing.
func egressMade(ctx context.Context, api *engine, name, digest string) (string, error) {
	found, err := api.ImageInspect(ctx, name)
	if err != nil {
		return "", err
	}
	c := found.Config
	if c == nil || c.Labels[labelEgress] != digest || !slices.Equal(found.RootFS.Layers, []string{"sha256:" + digest}) ||
		!slices.Equal(c.Entrypoint, egressEntrypoint) || len(c.Cmd)+len(c.Env)+len(c.Volumes) > 0 || c.Healthcheck != nil {
		return "", fmt.Errorf("image %s is not one that mcp-runner made: remove it", name)
	}
	return found.ID, nil
}

// egressEntrypoint is that of the image.
var egressEntrypoint = []string{"/mcp-runner", egress.Command}

// archiveProgram writes the layer whose only file is program, byte for byte the
// same each time.
func archiveProgram(w io.Writer, program *os.File) error {
	info, err := program.Stat()
	if err != nil {
		return err
	}
	archive := tar.NewWriter(w)
	if err := archive.WriteHeader(&tar.Header{Name: "mcp-runner", Mode: 0o555, Size: info.Size(), Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	if _, err := io.Copy(archive, program); err != nil {
		return err
	}
	return archive.Close()
}

// importProgram makes the image whose only file is program.
func importProgram(ctx context.Context, api *engine, program *os.File, arch, name, digest string) error {
	r, w := io.Pipe()
	written := make(chan error, 1)
	go func() { // ends when the engine has read it all, or r is closed
		err := archiveProgram(w, program)
		w.CloseWithError(err)
		written <- err
	}()
	done, err := api.ImageImport(ctx, client.ImageImportSource{Source: r, SourceName: "-"}, name, client.ImageImportOptions{
		Changes:  []string{`ENTRYPOINT ["/mcp-runner", "` + egress.Command + `"]`, "LABEL " + labelEgress + "=" + digest},
		Platform: ocispec.Platform{OS: "linux", Architecture: arch},
	})
	if err == nil {
		_, err = io.Copy(io.Discard, done)
		err = errors.Join(err, done.Close())
	}
	r.CloseWithError(errors.New("the engine did not read it all"))
	return errors.Join(err, <-written)
}

// openEgress opens the program for containers of an architecture: file where it is
// named, else our own where it can run there, else the one that a release has
// beside it.
func openEgress(file, arch string) (*os.File, error) {
	if file != "" {
		return openProgram(file, arch)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS == "linux" && runtime.GOARCH == arch {
		// What runs, whatever is at its path now.
		if f, err := openProgram("/proc/self/exe", arch); err == nil {
			return f, nil
		}
	}
	real, err := filepath.EvalSymlinks(self)
	if err != nil {
		return nil, err
	}
	name := filepath.Join(filepath.Dir(real), "mcp-runner_linux_"+filepath.Base(arch))
	if err := ownedAlone(name); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("a list of hosts is kept by a static build of mcp-runner for linux/%s, which this one is not and which is not at %s: take both from a release, or build with CGO_ENABLED=0", arch, name)
		}
		return nil, err
	}
	return openProgram(name, arch)
}

// machines are the architectures for which releases have a program.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// openProgram opens a static program for the architecture.
func openProgram(name, arch string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if err := checkProgram(f, arch); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

func checkProgram(f *os.File, arch string) error {
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.Join(errors.New("it is no file"), err)
	}
	program, err := elf.NewFile(f)
	if err != nil {
		return fmt.Errorf("it is no Linux program: %w", err)
	}
	want, known := machines[arch]
	if !known || program.Machine != want {
		return fmt.Errorf("it is not for linux/%s", arch)
	}
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("it is not static: build it with CGO_ENABLED=0")
		}
	}
	return nil
}
