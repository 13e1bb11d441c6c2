//go:build fault

package fault

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tmpfs mounts a file system of its own, of that size.
func tmpfs(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	command(t, "mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir)
	t.Cleanup(func() { command(t, "umount", "-l", dir) })
	return dir
}

// waitFor waits until a worker has said one of the texts.
func (c *chain) waitFor(texts ...string) {
	c.t.Helper()
	deadline := time.Now().Add(settleTimeout)
	for !c.saidOneOf(texts) {
		if pause(5 * time.Millisecond); time.Now().After(deadline) {
			c.t.Fatalf("nobody said %q within %v, but: %s", texts, settleTimeout, c.said())
		}
	}
}

func (c *chain) saidOneOf(texts []string) bool {
	return slices.ContainsFunc(c.workers, func(w *worker) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(w.stderr.String(), text) })
	})
}

func TestDisk(t *testing.T) {
	t.Run("the disk is full, then has room again", func(t *testing.T) {
		dir := tmpfs(t, "24m")
		c := newChain(t, dir, 1)
		c.row.name, c.row.broken = "3.1", "the disk is full for 2 s"
		c.produce()
		c.waitFor("no space left")
		pause(2 * time.Second)
		command(t, "mount", "-o", "remount,size=1g", dir)
		c.progress()
		c.settle()
	})
	t.Run("the disk is full, and three consumers are killed meanwhile", func(t *testing.T) {
		dir := tmpfs(t, "64m")
		c := newChain(t, dir, 3)
		c.row.name, c.row.broken = "3.2", "the disk is full for 2 s, and three consumers are killed meanwhile"
		c.produce()
		c.waitFor("no space left")
		for _, w := range c.workers {
			pause(300 * time.Millisecond)
			w.kill()
			w.start()
		}
		pause(time.Second)
		command(t, "mount", "-o", "remount,size=1g", dir)
		c.progress()
		c.settle()
	})
	t.Run("the device fails, then works again", func(t *testing.T) {
		image, dir := filepath.Join(t.TempDir(), "image"), t.TempDir()
		command(t, "truncate", "-s", "120m", image)
		command(t, "mkfs.ext2", "-q", "-F", "-b", "4096", "-m", "0", image)
		device := command(t, "losetup", "--find", "--show", image)
		t.Cleanup(func() { command(t, "losetup", "-d", device) })
		command(t, "mount", "-o", "errors=continue", device, dir)
		t.Cleanup(func() { command(t, "umount", "-l", dir) })
		resize := func(size string) { // what lies behind the end of a device answers EIO
			command(t, "truncate", "-s", size, image)
			command(t, "losetup", "--set-capacity", device)
		}
		resize("16m")
		c := newChain(t, filepath.Join(dir, "log"), 1)
		c.row.name, c.row.broken = "3.3", "the device answers EIO for 2 s"
		c.produce()
		c.waitFor("input/output error")
		pause(2 * time.Second)
		resize("120m")
		c.progress()
		c.settle()
	})
	t.Run("the log directory is removed", func(t *testing.T) {
		root := t.TempDir()
		c := newChain(t, filepath.Join(root, "log"), 1)
		c.row.name, c.row.broken = "3.4", "the log directory is removed, 10 times"
		c.produce()
		dirs := []string{c.dir}
		for i := range 10 {
			c.progress()
			grave := filepath.Join(root, fmt.Sprint("removed", i))
			if err := os.Rename(c.dir, grave); err != nil { // as good as removed, but its lines can be counted
				t.Fatal(err)
			}
			dirs = append(dirs, grave)
		}
		c.settleIn(dirs...)
	})
	t.Run("logrotate moves files", func(t *testing.T) {
		c := newChain(t, t.TempDir(), 3)
		c.row.name, c.row.broken = "3.5", "files are moved as by logrotate, 50 times, three consumers"
		c.produce()
		for i := range 50 {
			c.progress()
			for _, path := range logFiles(c.dir) {
				if filepath.Ext(path) != ".log" {
					continue
				}
				if err := os.Rename(path, fmt.Sprintf("%s.%d", path, i)); err != nil {
					t.Fatal(err)
				}
			}
		}
		c.settle()
	})
}
