package symfony_test

import (
	"errors"
	"strings"
	"testing"

	"envelog/internal/symfony"
)

// A transport that is not there may be one whose name only PHP knows.
func TestTransportWithoutName(t *testing.T) {
	for _, p := range projects(t) {
		if p.name != "php-spread" {
			continue
		}
		app, err := symfony.Load(symfony.Options{Dir: p.write(t)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = app.Transport("shared")
		if !errors.Is(err, symfony.ErrNeedsPHP) || !strings.Contains(err.Error(), "messenger.php:8:9: only PHP knows the name of a transport here") {
			t.Errorf("got %v", err)
		}
		return
	}
	t.Fatal("there is no project php-spread")
}
