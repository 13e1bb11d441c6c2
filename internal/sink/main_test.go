package sink

import (
	"testing"

	"go.uber.org/goleak"

	"envelog/internal/proctest"
)

func TestMain(m *testing.M) {
	roles := proctest.Roles{
		"append": childAppend, "limit": childFileLimit, "work": childWork, "commit": childCommit, childGroupCommit: groupCommit,
	}
	roles.Main(m, func(m *testing.M) { goleak.VerifyTestMain(m) })
}
