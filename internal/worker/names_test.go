package worker

import (
	"log/slog"
	"strings"
	"testing"

	"envelog/internal/config"
	"envelog/internal/statedir"
	"envelog/internal/transport/redis"
	"envelog/internal/vfs"
	"envelog/internal/vfs/vfstest"
)

func TestAWorkerStartsWhereThereAreNoLocks(t *testing.T) {
	var said strings.Builder
	dir := t.TempDir()
	state, err := statedir.Open(vfstest.NoLocks{FS: vfs.OS}, dir, 0o750)
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	w := &Worker{
		Options: Options{Worker: config.Worker{Consumer: "web", Files: config.Files{Dir: dir}}, Log: slog.New(slog.NewTextHandler(&said, nil))},
		places:  []place{{stream: &redis.Config{}}, {stream: &redis.Config{}}},
		state:   state,
	}
	if err := w.claimNames(); err != nil {
		t.Fatal(err)
	}
	if len(w.names) != 2 || w.names[0].Name != "web" || w.names[1] != w.names[0] || w.names[0].Token != "" {
		t.Errorf("names %+v", w.names)
	}
	if n := strings.Count(said.String(), "no file locks"); n != 1 {
		t.Errorf("said %d times:\n%s", n, &said)
	}
	if err := w.close(); err != nil {
		t.Error(err)
	}
}
