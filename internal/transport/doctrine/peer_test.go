//go:build integration || compat

package doctrine_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // a container may have no zones
)

// phpZone is PHP's time zone in these tests, west of the UTC in which newer versions write: whoever takes the one for
// the other is found out.
const phpZone = "America/New_York"

// peer is a PHP process with Symfony's own Doctrine transport (testdata/peer.php).
type peer struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
	log strings.Builder
	peerVersions
}

// peerVersions are what PHP says of itself.
type peerVersions struct {
	Symfony  string // "5.4", "6.4" or "7.4"
	Identity bool   // Doctrine DBAL 4: ids of PostgreSQL are identity columns, where DBAL 3 has a sequence as a default
}

// phpMessage is a message as PHP has decoded it.
type phpMessage struct {
	ID    string
	Text  base64Text
	Error string
}

// base64Text is text or bytes that travel in base64.
type base64Text string

func (b *base64Text) UnmarshalText(text []byte) error {
	plain, err := base64.StdEncoding.DecodeString(string(text))
	*b = base64Text(plain)
	return err
}

func (b base64Text) MarshalText() ([]byte, error) {
	return []byte(base64.StdEncoding.EncodeToString([]byte(b))), nil
}

// startPeer starts PHP on the database of url, with options of Symfony's transport.
func startPeer(t *testing.T, url string, options map[string]any) *peer {
	t.Helper()
	p := &peer{t: t}
	cmd := exec.Command("php", "testdata/peer.php")
	cmd.Stderr = &p.log
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start php (on Debian: apt-get install php-symfony-doctrine-messenger php-doctrine-dbal): %v", err)
	}
	p.in, p.out = in, bufio.NewReader(out)
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("php: %v\n%s", err, p.log.String())
		}
	})
	p.peerVersions = call[peerVersions](p, "connect", url, options, phpZone)
	return p
}

// call runs a method of the peer. An error of PHP fails the test.
func call[T any](p *peer, method string, args ...any) T {
	p.t.Helper()
	result, failure := attempt[T](p, method, args...)
	if failure != "" {
		p.t.Fatalf("php %s: %s", method, failure)
	}
	return result
}

// attempt runs a method of the peer, and returns an error of PHP.
func attempt[T any](p *peer, method string, args ...any) (result T, failure string) {
	p.t.Helper()
	if args == nil {
		args = []any{}
	}
	request, err := json.Marshal([]any{method, args})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.in.Write(append(request, '\n')); err != nil {
		p.t.Fatalf("php %s: %v\n%s", method, err, p.log.String())
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		p.t.Fatalf("php %s: %v\n%s", method, err, p.log.String())
	}
	var answer struct {
		Result T
		Error  string
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		p.t.Fatalf("php %s answered %s: %v", method, line, err)
	}
	return answer.Result, answer.Error
}

// zone is the time zone of the times in the table of this version; nil, Go's default, is UTC.
func (p *peer) zone() *time.Location {
	if p.Symfony != "5.4" {
		return nil
	}
	zone, err := time.LoadLocation(phpZone)
	if err != nil {
		p.t.Fatal(err)
	}
	return zone
}

// console is the outcome of a command of PHP's console.
type console struct {
	Exit    int
	Output  string
	Handled []base64Text // the texts of the messages that were handled
}

func (p *peer) command(name string, arguments map[string]any) console {
	p.t.Helper()
	all := map[string]any{"command": name}
	for k, v := range arguments {
		all[k] = v
	}
	return call[console](p, "command", all)
}
