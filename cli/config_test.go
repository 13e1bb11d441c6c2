package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"envelog/cli"
)

// TestConfigAsJSON reads what a machine would read.
func TestConfigAsJSON(t *testing.T) {
	var stdout, stderr bytes.Buffer
	environment := map[string]string{"ENVELOG_EXCLUDE_RECEIVERS": "a b", "MESSENGER_TRANSPORT_DSN": "redis://ignored"}
	code := cli.Run(context.Background(), cli.Process{
		Args:   []string{"config", "--format=json", "--project-dir=testdata/project", "--env=test", "-l", "5"},
		Stdout: &stdout, Stderr: &stderr,
		Getenv:  func(name string) string { return environment[name] },
		Environ: func() []string { return []string{"APP_ENV=prod"} },
	})
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	type value struct {
		Name  string
		Value any
		From  string
	}
	var got struct {
		Application struct {
			Env   string
			Files []string
		}
		Settings   []value
		Transports []struct {
			Name     string
			Settings []value
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Application.Env != "test" || len(got.Application.Files) == 0 || len(got.Transports) != 1 || got.Transports[0].Name != "async_logging" {
		t.Errorf("got %+v", got)
	}
	if dsn := got.Transports[0].Settings[0]; dsn.Value != "redis://redis:6379/log-messages" || dsn.From != "config/packages/messenger.yaml:4:28 (MESSENGER_TRANSPORT_DSN from .env:3)" {
		t.Errorf("dsn: %+v", dsn)
	}
	for _, v := range got.Settings {
		switch list, isList := v.Value.([]any); {
		case v.Name == "limit" && (v.Value != "5" || v.From != "flag --limit"),
			v.Name == "exclude-receivers" && (!isList || len(list) != 2 || v.From != "ENVELOG_EXCLUDE_RECEIVERS"),
			v.Name == "all" && v.Value != false:
			t.Errorf("%+v", v)
		}
	}
}
