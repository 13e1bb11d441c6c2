package redis

import (
	"strings"
	"testing"

	redigo "github.com/gomodule/redigo/redis"
)

func TestPasswordIsCutFromErrors(t *testing.T) {
	const reply = "ERR unknown command 'AUTH', with args beginning with: 'hunter2"
	err := hideSecret(redigo.Error(reply), "hunter2-and-much-more")
	if strings.Contains(err.Error(), "hunter2") || Code(err) != "ERR" {
		t.Fatalf("error %v", err)
	}
}

func TestAnEmptyPasswordHidesNothing(t *testing.T) {
	reply := "WRONGPASS invalid username-password pair or user is disabled."
	if err := hideSecret(redigo.Error(reply), ""); err.Error() != reply {
		t.Errorf("%v", err)
	}
}
