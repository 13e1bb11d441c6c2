//go:build integration && linux

package cli_test

import (
	"bytes"
	"testing"

	"envelog/internal/redistest"
)

// TestOnCallAPoisonMessage has a message whose property has another name, and one that is nothing at all.
func TestOnCallAPoisonMessage(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	i.set("ENVELOG_UNKNOWN", "fail")
	i.start()
	i.happens()
	i.server.Do("XADD", "messages", "*", "message", bytes.ReplaceAll(numbered(t)(0), []byte("channel"), []byte("chennal")))
	found := i.says(`CRITICAL .*name the right one with --map (channel)=PROPERTY.* Kept in \S+; when the cause is mended: (envelog rejected:retry \S+ --log-dir=\S+)`)
	i.happens()
	i.server.Do("XADD", "messages", "*", "message", "hello")
	nothing := i.says(`CRITICAL .*decode field at byte 0.* Kept in \S+; when the cause is mended: envelog rejected:retry (\S+) `)[1]
	i.publish(1)
	i.reports("envelog doctor", `warning +.*2 messages are kept in \S+`)
	i.set("ENVELOG_MAP", found[1]+"=chennal")
	i.run(0, found[2])
	i.written(2)
	i.run(0, "envelog rejected:remove --force "+nothing)
	i.run(0, "envelog doctor --skip=Redis --skip='failure transport' || envelog rejected:list | grep 'No rejected messages'")
	i.stop()
}
