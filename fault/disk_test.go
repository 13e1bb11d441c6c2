//go:build fault

package fault

import (
	"bytes"
	"errors"
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

// loopDevice makes a file of that size a block device, with a file system on it.
func loopDevice(t *testing.T, size string, mkfs ...string) (device, image string) {
	t.Helper()
	image = filepath.Join(t.TempDir(), "image")
	command(t, "truncate", "-s", size, image)
	command(t, mkfs[0], append(mkfs[1:], image)...)
	device = command(t, "losetup", "--find", "--show", image)
	t.Cleanup(func() { command(t, "losetup", "-d", device) })
	return device, image
}

// offDuty does what can be done only while no worker runs: they are killed before, and started again.
func (c *chain) offDuty(do func()) {
	c.t.Helper()
	for _, w := range c.workers {
		w.kill()
	}
	do()
	for _, w := range c.workers {
		w.start()
	}
}

// copyAndCut does what logrotate does with copytruncate. A line that was on its way is left out of the copy: it is lost,
// not torn, for who counts lines.
func copyAndCut(t *testing.T, path, to string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := content[:bytes.LastIndexByte(content, '\n')+1]
	if err := errors.Join(os.WriteFile(to, whole, 0o600), os.Truncate(path, 0)); err != nil {
		t.Fatal(err)
	}
}

// waitFor waits until a worker has said one of the texts.
func (c *chain) waitFor(texts ...string) {
	c.t.Helper()
	deadline := time.Now().Add(settleTimeout)
	for !c.saidOneOf(texts) {
		if pause(5 * time.Millisecond); time.Now().After(deadline) {
			c.t.Fatalf("nobody said %q within %v, but:\n%s", texts, settleTimeout, c.workers[0].stderr.String())
		}
		c.supervise()
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
		// Few inodes keep all but the content of files at the start of the device, which goes on working.
		device, image := loopDevice(t, "120m", "mkfs.ext2", "-q", "-F", "-b", "4096", "-m", "0", "-N", "128")
		dir := t.TempDir()
		command(t, "mount", "-o", "errors=continue", device, dir)
		t.Cleanup(func() { command(t, "umount", "-l", dir) })
		resize := func(size string) { // what is after the end of a device answers EIO
			command(t, "truncate", "-s", size, image)
			command(t, "losetup", "--set-capacity", device)
		}
		c := newChain(t, filepath.Join(dir, "log"), 1)
		c.row.name, c.row.broken = "3.3", "the device answers EIO for 2 s"
		c.produce()
		c.progress()
		resize("1m")
		c.waitFor("input/output error")
		pause(2 * time.Second)
		resize("120m")
		c.progress()
		c.settle()
	})
	t.Run("the file system is mounted read-only", func(t *testing.T) {
		dir := tmpfs(t, "1g")
		c := newChain(t, dir, 2)
		c.row.name, c.row.broken = "3.6", "consumers are killed, and find the file system read-only for 2 s, 5 times"
		c.produce()
		for i := range 5 {
			c.progress()
			c.offDuty(func() { command(t, "mount", "-o", "remount,ro", dir) }) // refused while a file is open for writing
			if i == 0 {
				c.waitFor("claim consumer name")
			}
			pause(2 * time.Second)
			c.supervise()
			command(t, "mount", "-o", "remount,rw", dir)
		}
		c.progress()
		c.settle()
	})
	t.Run("the log directory is removed", func(t *testing.T) {
		root := t.TempDir()
		c := newChain(t, filepath.Join(root, "log"), 1)
		c.row.name, c.row.broken = "3.4", "the log directory is removed, 10 times"
		c.produce()
		var dirs []string
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
	t.Run("logrotate copies files and cuts them", func(t *testing.T) {
		c := newChain(t, t.TempDir(), 3)
		c.row.name, c.row.broken = "3.7", "files are copied and cut as by logrotate with `copytruncate`, 20 times: against the rules"
		c.row.mayLose = true
		c.produce()
		for i := range 20 {
			c.progress()
			for _, path := range logFiles(c.dir) {
				if filepath.Ext(path) == ".log" {
					copyAndCut(t, path, fmt.Sprintf("%s.%d", path, i))
				}
			}
		}
		c.settle()
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
