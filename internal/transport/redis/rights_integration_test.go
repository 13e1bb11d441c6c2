//go:build integration

package redis

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"envelog/internal/redistest"
	"envelog/transport"
)

// documentedRights reads the rights of an ACL user from docs/redis.md: the lines below "ACL SETUSER logs", for Redis 7.
func documentedRights(t *testing.T) (rights []any) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/redis.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "    ACL SETUSER logs ")
	block, _, ended := strings.Cut(after, "\n\n")
	if !found || !ended {
		t.Fatal("docs/redis.md has no ACL SETUSER logs")
	}
	for _, word := range strings.Fields(block) {
		if word != `\` {
			rights = append(rights, word)
		}
	}
	return rights
}

// TestDocumentedRights does all that a receiver can do as the user whose rights are documented.
func TestDocumentedRights(t *testing.T) {
	s := realTarget(t)
	s.real.Do("ACL", append([]any{"SETUSER", "logs"}, documentedRights(t)...)...)
	if s.do(t, "COMMAND", "INFO", "XACKDEL").([]any)[0] != nil {
		s.real.Do("ACL", "SETUSER", "logs", "+xackdel")
	}
	login := func(c *Config) { c.User, c.Password, c.RedeliverTimeout, c.ClaimInterval = "logs", "secret", 0, 0 }
	c := s.connect(t, login)
	s.add(t, "a", "b")
	s.readAs(t, "php", 1)
	s.delay(t, delayedMember, -time.Second)
	got, ids := c.collect(t, 3)
	if !slices.Contains(got, "a") || !slices.Contains(got, "b") {
		t.Fatalf("messages %q", got)
	}
	if err := c.Keepalive(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	if err := c.Retry(t.Context(), ids[0], transport.Message{Body: []byte("x")}, time.Hour); err != nil {
		t.Fatal(err)
	}
	c.ackAll(t, ids[1:])

	s.do(t, "HSET", c.cfg.RegistryKey(), "dead", goneMark)
	s.add(t, "c")
	s.readAs(t, "dead", 1)
	if entries, _, err := Release(t.Context(), s.config(t, login), "dead"); err != nil || entries != 1 {
		t.Fatalf("%d entries given away, %v", entries, err)
	}
	_, ids = c.collect(t, 1)
	c.ackAll(t, ids)
	if c.conn.ID() == 0 || c.claims.old || c.log.count("level=WARN") != 0 {
		t.Fatalf("log:\n%s", c.log)
	}
	c.Close()
	if got := s.registered(t); got != 0 && slices.Contains(s.names(t), "me") {
		t.Fatalf("%d registered", got)
	}
	denied := s.real.Do("ACL", "LOG").([]any)
	if len(denied) != 0 {
		t.Fatalf("denied: %v", denied)
	}
}

// TestMissingRightsAreNamed takes each of the documented rights that a worker misses, and none.
func TestMissingRightsAreNamed(t *testing.T) {
	s := realTarget(t)
	storage := NewStorage(s.config(t, func(c *Config) { c.User, c.Password = "logs", "secret" }))
	defer storage.Close()
	missing := func(change ...any) (rights []string) {
		t.Helper()
		s.real.Do("ACL", slices.Concat([]any{"SETUSER", "logs", "reset"}, documentedRights(t), change)...)
		lacks, err := storage.MissingRights(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lacks {
			rights = append(rights, l.Rights...)
		}
		return rights
	}
	if rights := missing(); len(rights) > 0 || len(s.real.Do("ACL", "LOG").([]any)) > 0 {
		t.Errorf("rights %q are said to be missing", rights)
	}
	for right := range strings.FieldsSeq("xreadgroup xack xdel xpending xclaim zcard zrangebyscore zscore zadd zrem xadd hget hset hdel hlen hkeys hstrlen pexpire") {
		if rights := missing("-" + right); !slices.Equal(rights, []string{"+" + right}) {
			t.Errorf("without %s: %q", right, rights)
		}
	}
	if s.do(t, "EXISTS", "messages", "messages__queue", "{messages}__envelog:symfony") != int64(0) {
		t.Error("keys were made")
	}
}

// TestSentinelLogins has passwords on both, and another user for each.
func TestSentinelLogins(t *testing.T) {
	s := redistest.StartSentinels(t, 1, []string{"--requirepass", "master-pw", "--masterauth", "master-pw"},
		"sentinel auth-pass "+redistest.MasterName+" master-pw",
		"user default on nopass sanitize-payload ~* &* +@all -sentinel|get-master-addr-by-name",
		"user watcher on >sentinel-pw &* -@all +auth +sentinel|get-master-addr-by-name")
	dsn := "redis://:master-pw@" + s.Watchers[0].Addr + "?redis_sentinel=" + redistest.MasterName
	c := of(t, dsn+"&auth[]=watcher&auth[]=sentinel-pw")
	c.survives(t, false, func() { flow(c, 20) })

	cfg, err := ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Consumer = "me"
	err = target{}.receiverOf(t, cfg, Options{}).Connect(t.Context())
	if err == nil || strings.Contains(err.Error(), "master-pw") {
		t.Fatalf("error %v", err)
	}
	t.Log(err)
}

func TestSentinelKnowsNoSuchMaster(t *testing.T) {
	s := redistest.StartSentinels(t, 0, nil)
	cfg, err := ParseDSN("redis://" + s.Watchers[0].Addr + "?sentinel=other")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Consumer = "me"
	err = target{}.receiverOf(t, cfg, Options{}).Connect(t.Context())
	if err == nil || !strings.Contains(err.Error(), "check the option sentinel_master") {
		t.Fatalf("error %v", err)
	}
}

// TestClusterTLS has nodes that speak TLS alone and want a certificate.
func TestClusterTLS(t *testing.T) {
	certs := redistest.NewCertificates(t)
	cluster := redistest.StartTLSCluster(t, certs, 3)
	dsn := strings.ReplaceAll(commaDSN(cluster.Addrs()), "redis://", "rediss://")
	c := of(t, dsn+"/tls?ssl[cafile]="+certs.CA+"&ssl[local_cert]="+certs.ClientCert+"&ssl[local_pk]="+certs.ClientKey)
	c.survives(t, false, func() { flow(c, 50) })
}

// rightsOf reads the rights of a command from the table of docs/redis.md, with those of the commands that it refers to.
func rightsOf(t *testing.T, command string) (rights []any) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/redis.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		name, cell, found := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !found || !strings.Contains(name, "`"+command+"`") {
			continue
		}
		if _, of, refers := strings.Cut(cell, "those of `"); refers {
			other, _, _ := strings.Cut(of, "`")
			rights = rightsOf(t, other)
		}
		for word := range strings.FieldsSeq(strings.NewReplacer("`", " ", ";", " ", ",", " ").Replace(cell)) {
			if strings.HasPrefix(word, "+") {
				rights = append(rights, word)
			}
		}
		return rights
	}
	t.Fatalf("docs/redis.md has no rights of %s", command)
	return nil
}

// TestDocumentedRightsOfCommands does what each command does on Redis as the user whose rights are documented.
func TestDocumentedRightsOfCommands(t *testing.T) {
	for command, does := range map[string]func(t *testing.T, s *Storage, id string) error{
		"messenger:stats": func(t *testing.T, s *Storage, _ string) error {
			_, err := s.Count(t.Context())
			return err
		},
		"messenger:failed:show": func(t *testing.T, s *Storage, id string) error {
			for _, err := range s.All(t.Context(), 0) {
				if err != nil {
					return err
				}
			}
			_, err := s.Find(t.Context(), id)
			return err
		},
		"messenger:failed:remove": func(t *testing.T, s *Storage, id string) error {
			return errors.Join(s.Remove(t.Context(), id), s.Remove(t.Context(), "u"))
		},
		"messenger:failed:retry": func(t *testing.T, s *Storage, id string) error {
			_, err := s.Find(t.Context(), id)
			return errors.Join(err, s.Remove(t.Context(), id))
		},
		"envelog rejected:retry --to-failure-transport": func(t *testing.T, s *Storage, _ string) error {
			_, err := s.Send(t.Context(), transport.Message{Body: []byte("b")}, 0)
			return err
		},
		"messenger:setup-transports": func(t *testing.T, s *Storage, _ string) error { return s.Setup(t.Context()) },
		"messenger:stop-workers": func(t *testing.T, s *Storage, _ string) error {
			requestErr := s.RequestStop(t.Context())
			_, err := s.StopRequested(t.Context())
			return errors.Join(requestErr, err)
		},
		"envelog claim": func(t *testing.T, s *Storage, _ string) error {
			_, _, err := Release(t.Context(), s.cfg, "php")
			return err
		},
		"envelog top": func(t *testing.T, s *Storage, _ string) error {
			_, activityErr := s.Activity(t.Context())
			_, consumersErr := s.Consumers(t.Context())
			_, err := s.Count(t.Context())
			return errors.Join(activityErr, consumersErr, err)
		},
		"envelog doctor": func(t *testing.T, s *Storage, _ string) error {
			_, inspectErr := s.Inspect(t.Context())
			_, err := s.Count(t.Context())
			return errors.Join(inspectErr, err)
		},
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			s := realTarget(t)
			s.do(t, "XGROUP", "CREATE", "messages", "symfony", "0", "MKSTREAM")
			s.add(t, "x", "y")
			s.readAs(t, "php", 1)
			id := s.add(t, `{"body":"b","headers":[]}`)[0]
			s.do(t, "ZADD", "messages__queue", "1", `{"body":"b","headers":[],"uniqid":"u"}`)
			rights := append([]any{"SETUSER", "logs", "on", ">secret", "~messages", "~messages__queue", "~messages__stop_workers", "~{messages}__envelog:symfony", "-@all"}, rightsOf(t, command)...)
			s.real.Do("ACL", rights...)
			storage := NewStorage(s.config(t, func(c *Config) { c.User, c.Password = "logs", "secret" }))
			defer storage.Close()
			for range 2 { // with a connection that is used again, too
				if err := does(t, storage, id); err != nil && !errors.Is(err, transport.ErrNotFound) {
					t.Error(err)
				}
			}
			if denied := s.real.Do("ACL", "LOG").([]any); len(denied) != 0 {
				t.Errorf("denied: %.300s", fmt.Sprint(denied))
			}
		})
	}
}
