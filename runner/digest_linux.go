package runner

import (
	"os"
	"syscall"
)

// keyOf returns the key of f; exact says that an equal key means equal content.
func keyOf(f *os.File) (key fileKey, exact bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return fileKey{}, false, err
	}
	key, exact = keyOfInfo(info)
	return key, exact, nil
}

func keyOfInfo(info os.FileInfo) (key fileKey, exact bool) {
	key = fileKey{size: info.Size(), mtime: info.ModTime().UnixNano()}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		key.dev, key.ino = uint64(stat.Dev), stat.Ino
		key.ctime = stat.Ctim.Nano()
		exact = true
	}
	return key, exact
}
