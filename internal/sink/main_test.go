package sink

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childRole is the environment variable by which a test starts this binary again, as another process that plays a part.
const childRole = "ENVELOG_SINK_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childRole) {
	case "":
		goleak.VerifyTestMain(m)
	case "append":
		os.Exit(childAppend())
	case "limit":
		os.Exit(childFileLimit())
	case "work":
		os.Exit(childWork())
	case "commit":
		os.Exit(childCommit())
	case childGroupCommit:
		os.Exit(groupCommit())
	}
}
