package rego

import "fmt"

// limits bound what one source may make the process read.
type limits struct {
	files    int   // entries of directories and archives, also those that are skipped
	fileSize int64 // one file other than data
	dataSize int64 // one data file, or one archive as it lies on disk
	total    int64 // all contents; of archives all that they unpack to
	depth    int   // nested directories
	ratio    int64 // how many times larger than packed an archive may be unpacked
}

var defaultLimits = limits{
	files:    10_000,
	fileSize: 32 << 20,
	dataSize: 256 << 20,
	total:    512 << 20,
	depth:    16,
	ratio:    200,
}

// ratioSlack is how far an archive unpacks before its ratio counts: a small one
// of a few repetitive files is no bomb.
const ratioSlack = 1 << 20

// budget counts what was read of a source against its limits.
type budget struct {
	limits limits
	files  int
	total  int64
	signed bool // what is skipped is kept, as it may be signed
}

// limit is how large a file of kind k may be.
func (b *budget) limit(k kind) int64 {
	if k == kindData {
		return b.limits.dataSize
	}
	return b.limits.fileSize
}

// take counts n bytes of the file name.
func (b *budget) take(name string, n int64) error {
	if n > b.limits.total-b.total {
		return fault("file-limit", name, "split the source into several", "the source holds more than %s, the limit of all its files together", sizeText(b.limits.total))
	}
	b.total += n
	return nil
}

// count counts n entries of the directory or archive name.
func (b *budget) count(name string, n int) error {
	if b.files += n; b.files > b.limits.files {
		return fault("file-limit", name, "take out what is no policy, or split the source into several",
			"the source holds more than %d files and directories, the limit of a source", b.limits.files)
	}
	return nil
}

// deep says whether the directory name lies too deep.
func (b *budget) deep(name string, depth int) error {
	if depth > b.limits.depth {
		return fault("file-limit", name, "move it up", "directories are nested more than %d deep, the limit of a source", b.limits.depth)
	}
	return nil
}

func tooLarge(name string, limit int64) error {
	return fault("file-limit", name, "split it", "the file is larger than %s, the limit of a file of its kind", sizeText(limit))
}

func sizeText(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}
