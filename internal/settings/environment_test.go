package settings

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnknownVariables(t *testing.T) {
	declared := []Setting{{Name: "log-dir"}, {Name: "dsn"}}
	got := UnknownVariables([]string{
		"ENVELOG_LOG_DIR=/log", "ENVELOG_LOGDIR=/log", "ENVELOG_WHATEVER=", "PATH=/bin", "MYENVELOG_X=1", "ENVELOG_DSNS",
		"ENVELOG_SERVICE_HOST=10.0.0.1", "ENVELOG_PORT=tcp://10.0.0.1:9400", "ENVELOG_METRICS_PORT_9400_TCP_ADDR=10.0.0.1",
	}, declared)
	want := []string{
		"The variable ENVELOG_DSNS is no setting, and is ignored. Is ENVELOG_DSN meant?",
		"The variable ENVELOG_LOGDIR is no setting, and is ignored. Is ENVELOG_LOG_DIR meant?",
		"The variable ENVELOG_WHATEVER is no setting, and is ignored.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
