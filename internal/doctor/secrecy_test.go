package doctor

import (
	"strings"
	"testing"

	"envelog/internal/transport/doctrine"
)

func TestAPasswordInClearIsSaid(t *testing.T) {
	for dsn, cure := range map[string]string{
		"postgresql://app:pw@db.example/app":                 "sslmode=verify-full",
		"mysql://app:pw@db.example/app":                      "ssl_ca",
		"postgresql://app:pw@db.example/app?sslmode=require": "",
		"mysql://app:pw@127.0.0.1/app":                       "",
	} {
		c, err := doctrine.ParseDSN(dsn, nil)
		if err != nil {
			t.Fatal(err)
		}
		storage, err := doctrine.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		var found Findings
		examineSecrecy(storage, "failed", &found)
		if err := storage.Close(); err != nil {
			t.Error(err)
		}
		said := len(found) == 1 && found.Has(Warning) && strings.Contains(found[0].Cure, cure)
		if said != (cure != "") || len(found) > 1 {
			t.Errorf("%s: %v, want a cure with %q", dsn, found, cure)
		}
	}
}
