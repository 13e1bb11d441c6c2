package redis

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"envelog/decoder/phpredis"
	"envelog/internal/redis"
	"envelog/internal/secret"
	"envelog/internal/transport/option"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// dsnCase is one DSN with what it means. The facts are recorded from symfony/redis-messenger 5.4.53, 6.4.41, 7.4.22 and
// 8.1.10; the comment beside a row names the versions that differ, or that alone know it.
type dsnCase struct {
	name    string
	dsn     string
	options map[string]any
	want    func(*Config) // changes to the defaults for localhost; nil when an error is wanted
	err     string        // part of the error's text
}

func dsnCases() []dsnCase {
	host := func(addr string, more ...func(*Config)) func(*Config) {
		return func(c *Config) {
			c.Addr = addr
			for _, f := range more {
				f(c)
			}
		}
	}
	names := func(stream, group, consumer string) func(*Config) {
		return func(c *Config) { c.Stream, c.Group, c.Consumer = stream, group, consumer }
	}
	login := func(user string, password secret.Secret) func(*Config) {
		return func(c *Config) { c.User, c.Password = user, password }
	}
	socket := func(c *Config) { c.Network = "unix" }
	hosts := func(list ...string) func(*Config) {
		return func(c *Config) { c.Addr, c.Hosts = strings.Join(list, ","), list }
	}
	cluster := func(c *Config) { c.Cluster = true }
	return []dsnCase{
		// all versions, except that PHP's consumer is "consumer" when none is named, and delete_after_ack is false in 5.4
		{name: "host alone", dsn: "redis://localhost", want: host("localhost:6379")},
		{name: "slash alone", dsn: "redis://localhost/", want: host("localhost:6379")},
		{name: "slashes alone", dsn: "redis://localhost//", want: host("localhost:6379")},
		{name: "port and stream", dsn: "redis://localhost:6380/s", want: host("localhost:6380", names("s", "symfony", ""))},
		{name: "three segments", dsn: "redis://localhost/s/g/c", want: host("localhost:6379", names("s", "g", "c"))},
		{name: "more segments", dsn: "redis://localhost/s/g/c/extra", want: host("localhost:6379", names("s", "g", "c"))},
		{name: "empty group", dsn: "redis://localhost/s//c", err: `"group" should be configured, got an empty string`},
		{name: "empty stream", dsn: "redis://localhost//g", err: `"stream" should be configured, got an empty string`},
		{name: "path is not decoded", dsn: "redis://localhost/s%20x/g%2Fh", want: host("localhost:6379", names("s%20x", "g%2Fh", ""))},
		{name: "number is a stream", dsn: "redis://h/5?dbindex=2", want: host("h:6379", func(c *Config) { c.Stream, c.DB = "5", 2 })},
		{name: "nothing", dsn: "redis://", err: "DSN is invalid"},
		{name: "scheme alone", dsn: "redis:", err: "DSN is invalid"},
		{name: "other scheme", dsn: "tcp://h", err: `it does not start with "redis[s]:" nor "valkey[s]:"`},
		{name: "no scheme", dsn: "localhost", err: "does not start with"},
		{name: "port is a word", dsn: "redis://h:abc/s", err: "the port of its host"},
		{name: "port too large", dsn: "redis://h:65536/s", err: "the port of its host"},
		{name: "IPv6", dsn: "redis://[::1]:6380/s", want: host("[::1]:6380", names("s", "symfony", ""))},
		{name: "IPv6 without port", dsn: "redis://[::1]", want: host("[::1]:6379")},
		{name: "fragment", dsn: "redis://h/s#f", want: host("h:6379", names("s", "symfony", ""))},

		{name: "user and password", dsn: "redis://user:pa%40ss@h/s", want: host("h:6379", names("s", "symfony", ""), login("user", "pa@ss"))},
		{name: "password", dsn: "redis://pass@h/s", want: host("h:6379", names("s", "symfony", ""), login("", "pass"))},
		{name: "colon and password", dsn: "redis://:pass@h/s", want: host("h:6379", names("s", "symfony", ""), login("", "pass"))},
		{name: "default user", dsn: "redis://default:pass@h/s", want: host("h:6379", names("s", "symfony", ""), login("", "pass"))}, // 5.4 sends the name
		{name: "user alone is the password", dsn: "redis://user@h", want: host("h:6379", login("", "user"))},
		{name: "password 0", dsn: "redis://0@h/", want: host("h:6379", login("", "0"))},
		{name: "user without a password", dsn: "redis://user:@h/s", want: host("h:6379", names("s", "symfony", ""), login("user", ""))},
		{name: "at sign before a question mark", dsn: "redis://u:p@ss?wo@h/s", err: "more than one @"},
		{name: "at sign before a hash", dsn: "redis://u:p@ss#wo@h/s", err: "more than one @"},
		{name: "at sign and an equals sign", dsn: "redis://u:p@ss?wo=rd@h/s", err: "more than one @"},
		{name: "at sign and a slash", dsn: "redis://u:p@ss/wo@h/s", err: "more than one @"},
		{name: "at sign in a value", dsn: "redis://u:p@h/s?consumer=a@b", want: host("h:6379", names("s", "symfony", "a@b"), login("u", "p"))},
		{name: "for ever", dsn: "redis://h?timeout=-1&read_timeout=-1.0", want: host("h:6379")},
		{name: "before for ever", dsn: "redis://h?timeout=-2", err: "timeout"},
		{name: "auth list with a number", dsn: "redis://h", options: map[string]any{"auth": []any{"u", 1234}}, want: host("h:6379", login("u", "1234"))},
		{name: "auth number", dsn: "redis://h", options: map[string]any{"auth": 1234}, want: host("h:6379", login("", "1234"))},
		{name: "auth map", dsn: "redis://h", options: map[string]any{"auth": map[string]any{"user": "u", "pass": "p"}}, want: host("h:6379", login("u", "p"))},
		{name: "auth map of a password", dsn: "redis://h?auth[pass]=p", want: host("h:6379", login("", "p"))},
		{name: "auth map of others", dsn: "redis://h?auth[a]=x&auth[b]=y", err: "auth"},
		{name: "ssl that Go chooses", dsn: "rediss://h?ssl[ciphers]=DEFAULT&ssl[crypto_method]=57&ssl[verify_depth]=5", want: host("h:6379", func(c *Config) {
			c.TLS, c.Ignored = true, []string{"ssl[ciphers]", "ssl[crypto_method]", "ssl[verify_depth]"}
		})},
		{name: "slash in the password", dsn: "redis://:pa/ss@h/s", want: host("h:6379", names("s", "symfony", ""), login("", "pa/ss"))}, // 6.4 and later
		{name: "colon in the password", dsn: "redis://u:p:q@h", want: host("h:6379", login("u", "p:q"))},
		{name: "two at signs", dsn: "redis://pa@ss@h/s", err: "more than one @"}, // PHP takes "pa", and forgets "ss"
		{name: "auth in the query", dsn: "redis://h:6379/s?auth=zz", want: host("h:6379", names("s", "symfony", ""), login("", "zz"))},
		{name: "auth wins", dsn: "redis://pw@h:6379/s?auth=zz", want: host("h:6379", names("s", "symfony", ""), login("", "zz"))},
		{name: "auth list in the query", dsn: "redis://h?auth[]=u&auth[]=p", want: host("h:6379", login("u", "p"))},
		{name: "auth option", dsn: "redis://pw@h/s", options: map[string]any{"auth": "optauth"}, want: host("h:6379", names("s", "symfony", ""), login("", "optauth"))},
		{name: "auth list", dsn: "redis://pw@h/s", options: map[string]any{"auth": []any{"u", "p"}}, want: host("h:6379", names("s", "symfony", ""), login("u", "p"))},
		{name: "auth empty", dsn: "redis://pw@h/s", options: map[string]any{"auth": ""}, want: host("h:6379", names("s", "symfony", ""))}, // 5.4; later send ""
		{name: "auth of three", dsn: "redis://h", options: map[string]any{"auth": []any{"u", "p", "secret"}}, err: "list of user and password"},

		{name: "TLS", dsn: "rediss://h/s", want: host("h:6379", names("s", "symfony", ""), func(c *Config) { c.TLS = true })},
		{name: "tls option", dsn: "redis://h/s?tls=1", want: host("h:6379", names("s", "symfony", ""), func(c *Config) { c.TLS = true })}, // 5.4 alone
		{name: "valkey", dsn: "valkey://h/s", want: host("h:6379", names("s", "symfony", ""))},                                            // 7.3 and later
		{name: "valkey TLS", dsn: "valkeys://h/s", want: host("h:6379", names("s", "symfony", ""), func(c *Config) { c.TLS = true })},     // 7.3 and later
		{name: "ssl in the query", dsn: "rediss://h?ssl[verify_peer]=0&ssl[cafile]=/x", want: host("h:6379", func(c *Config) {
			c.TLS, c.SSL = true, redis.SSL{VerifyPeerName: true, CAFile: "/x"}
		})},
		{name: "ssl option", dsn: "redis://h/s", options: map[string]any{"ssl": map[string]any{"verify_peer": "false", "cafile": "/y"}}, want: host("h:6379", func(c *Config) {
			c.Stream, c.SSL = "s", redis.SSL{VerifyPeerName: true, CAFile: "/y"}
		})},
		{name: "ssl names", dsn: "rediss://h?ssl[capath]=/d&ssl[local_cert]=/c&ssl[local_pk]=/k&ssl[peer_name]=n&ssl[allow_self_signed]=true&ssl[SNI_enabled]=1", want: host("h:6379", func(c *Config) {
			c.TLS = true
			c.SSL = redis.SSL{VerifyPeer: true, VerifyPeerName: true, CAPath: "/d", LocalCert: "/c", LocalKey: "/k", PeerName: "n", AllowSelfSigned: true}
		})},
		{name: "ssl unknown", dsn: "rediss://h?ssl[ca_file]=/x", err: `option "ssl[ca_file]" of the DSN is unknown; did you mean "cafile"?`},
		{name: "ssl unsupported", dsn: "rediss://h?ssl[passphrase]=x", err: `option "ssl[passphrase]" of the DSN is not supported`},

		{name: "socket", dsn: "redis:///var/run/redis.sock", want: host("/var/run/redis.sock", socket)},
		{name: "socket with names", dsn: "redis:///var/run/redis.sock?stream=x&group=g&consumer=c", want: host("/var/run/redis.sock", socket, names("x", "g", "c"))},
		{name: "socket with password", dsn: "redis://pw@/var/run/redis.sock", want: host("/var/run/redis.sock", socket, login("", "pw"))}, // 6.4 and later
		{name: "socket has no names in its path", dsn: "redis:///var/run/redis.sock/s", want: host("/var/run/redis.sock/s", socket)},
		{name: "no slashes", dsn: "redis:localhost", want: host("localhost", socket)}, // 6.4 and later
		{name: "socket with TLS", dsn: "rediss:///var/run/redis.sock", err: "TLS on a unix socket"},

		{name: "names in the query", dsn: "redis://h?stream=qs&group=qg&consumer=qc", want: host("h:6379", names("qs", "qg", "qc"))},
		{name: "path wins over query", dsn: "redis://h/path?stream=qs", want: host("h:6379", names("path", "symfony", ""))},
		{name: "path wins over option", dsn: "redis://h/s", options: map[string]any{"consumer": "opt", "stream": "optstream", "dbindex": 4, "serializer": 2, "delete_after_ack": false}, want: host("h:6379", func(c *Config) {
			c.Stream, c.Consumer, c.DB, c.Serializer, c.DeleteAfterAck = "s", "opt", 4, phpredis.Igbinary, false
		})},
		{name: "query wins over option", dsn: "redis://h/s?consumer=q&dbindex=1", options: map[string]any{"consumer": "opt", "dbindex": 4}, want: host("h:6379", func(c *Config) {
			c.Stream, c.Consumer, c.DB = "s", "q", 1
		})},
		{name: "consumer empty", dsn: "redis://h?consumer=", err: `"consumer" should be configured, got an empty string`},
		{name: "every option", dsn: "redis://h?dbindex=3&delete_after_ack=false&delete_after_reject=0&stream_max_entries=100&redeliver_timeout=60&claim_interval=5000&auto_setup=no&serializer=0&timeout=1.5&read_timeout=2&retry_interval=7&persistent_id=pid&lazy=1",
			want: host("h:6379", func(c *Config) {
				c.DB, c.DeleteAfterAck, c.DeleteAfterReject, c.MaxEntries, c.AutoSetup = 3, false, false, 100, false
				c.RedeliverTimeout, c.ClaimInterval = time.Minute, 5*time.Second
				c.Serializer, c.ConnectTimeout, c.ReadTimeout = phpredis.None, 1500*time.Millisecond, 2*time.Second
			})},
		{name: "duplicate, the last wins", dsn: "redis://h?dbindex=3&dbindex=4", want: host("h:6379", func(c *Config) { c.DB = 4 })},
		{name: "query is decoded", dsn: "redis://h?stream=a+b%2Fc%zz", want: host("h:6379", names("a b/c%zz", "symfony", ""))},
		{name: "host and port options", dsn: "redis://h/s", options: map[string]any{"host": "other", "port": 99}, want: host("h:99", names("s", "symfony", ""))},
		{name: "transport_name", dsn: "redis://h", options: map[string]any{"transport_name": "async"}, want: host("h:6379")}, // the factory strips it

		// PHP takes these for 0 or false without a word
		{name: "constant as text", dsn: `redis://h?serializer=\Redis::SERIALIZER_JSON`, err: `option "serializer"`},
		{name: "dbindex not a number", dsn: "redis://h?dbindex=abc", err: `option "dbindex" of the DSN must be a whole number`},
		{name: "dbindex with a leading zero", dsn: "redis://h?dbindex=07", err: `option "dbindex"`},
		{name: "dbindex negative", dsn: "redis://h?dbindex=-1", err: `option "dbindex"`},
		{name: "boolean misspelt", dsn: "redis://h?delete_after_ack=ture", err: `option "delete_after_ack" of the DSN must be true or false`},
		{name: "timeout not a number", dsn: "redis://h?timeout=NaN", err: `option "timeout"`},
		{name: "redeliver_timeout overflows", dsn: "redis://h?redeliver_timeout=9223372036854775807", err: `option "redeliver_timeout"`},
		{name: "scalar where a map is", dsn: "redis://h?ssl=1", err: `option "ssl"`},
		{name: "map where a scalar is", dsn: "redis://h?group[a]=1", err: `option "group"`},

		// pieces of passwords
		{name: "a login without @", dsn: "redis://user:s3cret:6379/s", err: "its host has a colon"},
		{name: "an address without brackets", dsn: "redis://fe80::1:6379/s", want: host("[fe80::1]:6379", names("s", "symfony", ""))},
		{name: "& in auth", dsn: "redis://h?auth=x&s3cret", err: "beside auth, it has an option that is unknown"},
		{name: "@ in auth", dsn: "redis://h?auth=x@s3cret", err: "an @ stands behind its option auth"},
		{name: "@ in a list of auth", dsn: "redis://h?auth[]=u&auth[]=x@s3cret", err: "an @ stands behind its option auth"},
		{name: "misspelt beside auth", dsn: "redis://h?auth=s3cret&gruop=1", err: `did you mean "group"?`},
		{name: "misspelt auth", dsn: "redis://h?auht=s3cret", err: `did you mean "auth"?`},

		{name: "unknown", dsn: "redis://h?bogus=1", err: `option "bogus" of the DSN is unknown`}, // 5.4: a deprecation notice
		{name: "near miss", dsn: "redis://h?redelivery_timeout=1", err: `did you mean "redeliver_timeout"?`},
		{name: "swapped letters", dsn: "redis://h?gruop=1", err: `did you mean "group"?`},
		{name: "host in the query", dsn: "redis://h?host=x", err: "the option host is a list"}, // 5.4 ignores it

		{name: "cluster", dsn: "redis://h1:7000/s/g/c,redis://h2:7001", want: host("", names("s", "g", "c"), hosts("h1:7000", "h2:7001"), cluster)},
		{name: "cluster, the later path wins", dsn: "redis://h1,redis://h2/s2", want: host("", names("s2", "symfony", ""), hosts("h1:6379", "h2:6379"), cluster)},
		{name: "cluster without schemes", dsn: "redis://h1,h2", err: "every node of a cluster has its own scheme"},
		{name: "cluster with TLS", dsn: "rediss://u:p@h1,rediss://h2", want: host("", login("u", "p"), hosts("h1:6379", "h2:6379"), cluster, func(c *Config) { c.TLS = true })},
		{name: "cluster option", dsn: "redis://h?cluster=1", want: host("", hosts("h:6379"), cluster)}, // without effect in 7.4.22 and 8.1.10
		{name: "listed hosts", dsn: "redis:?host[redis1:7001]&host[redis2]", want: host("", hosts("redis1:7001", "redis2:6379"), cluster)},
		{name: "listed socket", dsn: "redis:?host[s1]&host[/run/r.sock:]", err: "no address"},
		{name: "listed socket of a sentinel", dsn: "redis:?host[s1]&host[/run/r.sock:]&sentinel=mm", want: host("", hosts("/run/r.sock", "s1:6379"), func(c *Config) { c.Sentinel = "mm" })},

		{name: "sentinels", dsn: "redis:?host[s1:26379]&host[s2:26379]&sentinel_master=mymaster", want: host("", hosts("s1:26379", "s2:26379"), func(c *Config) { c.Sentinel = "mymaster" })}, // 6.4 and later
		{name: "sentinel", dsn: "redis://s1:26379?sentinel=mm", want: host("", hosts("s1:26379"), func(c *Config) { c.Sentinel = "mm" })},                                                     // 7.4 and later
		{name: "redis_sentinel", dsn: "redis://s1:26379?redis_sentinel=mm", want: host("", hosts("s1:26379"), func(c *Config) { c.Sentinel = "mm" })},                                         // 7.1 and later
		{name: "sentinel password", dsn: "redis://pw@s1:26379?sentinel_master=mm&auth=sentpw", want: host("", hosts("s1:26379"), login("", "pw"), func(c *Config) {
			c.Sentinel, c.SentinelPassword = "mm", "sentpw"
		})},
		{name: "sentinel user", dsn: "redis://pw@s1:26379?sentinel_master=mm&auth[]=u&auth[]=sentpw", want: host("", hosts("s1:26379"), login("", "pw"), func(c *Config) {
			c.Sentinel, c.SentinelUser, c.SentinelPassword = "mm", "u", "sentpw"
		})},
		{name: "sentinel and cluster", dsn: "redis://s1?sentinel=mm&cluster=1", err: "not a cluster"},
		{name: "cluster with a database", dsn: "redis://h1,redis://h2?dbindex=3", want: host("", hosts("h1:6379", "h2:6379"), cluster)},
		{name: "sentinel twice", dsn: "redis://s1", options: map[string]any{"sentinel": "a", "redis_sentinel": "b"}, err: "names another master"},
	}
}

func TestParseDSN(t *testing.T) {
	for _, tt := range dsnCases() {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseDSN(tt.dsn, tt.options)
			if tt.err == "" && err != nil {
				t.Fatalf("unexpected error: %v", err)
			}
			if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("error %v; it must speak of %s", err, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Fatalf("the error has a piece of a password: %v", err)
			}
			if tt.want == nil {
				return
			}
			want := defaultConfig()
			tt.want(&want)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(&redis.Nodes{})); diff != "" {
				t.Fatalf("config (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseDSNReportsAllProblems(t *testing.T) {
	_, err := ParseDSN("redis://h?bogus=1&dbindex=x&ssl[nope]=1")
	for _, name := range []string{"bogus", "dbindex", "ssl[nope]"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v does not name %s", err, name)
		}
	}
	var wrong *option.Error
	if !errors.As(err, &wrong) {
		t.Errorf("error %v is not an *option.Error", err)
	}
}

func TestSupportsDSN(t *testing.T) {
	for dsn, want := range map[string]bool{
		"redis://h": true, "rediss:h": true, "valkey:h": true, "valkeys://h": true,
		"doctrine://default": false, "redisx://h": false, "redis": false, "": false,
	} {
		if got := SupportsDSN(dsn); got != want {
			t.Errorf("SupportsDSN(%q) = %v", dsn, got)
		}
	}
}

func TestParseQuery(t *testing.T) {
	// recorded from PHP 8.2's parse_str
	for query, want := range map[string]string{
		"a[b]=c":                            `{"a":{"b":"c"}}`,
		"a[]=x&a[]=y":                       `{"a":{"0":"x","1":"y"}}`,
		"a[b=c":                             `{"a_b":"c"}`,
		"a[b]x[c]=d":                        `{"a":{"b":"d"}}`,
		"a.b[c.d]=e":                        `{"a_b":{"c.d":"e"}}`,
		"a=1&a[b]=2":                        `{"a":{"b":"2"}}`,
		"%20a+b=c+d%2":                      `{"a_b":"c d%2"}`,
		"a[b][=1":                           `{"a":{"b":"1"}}`,
		"host[s1:26379]&host[/run/r.sock:]": `{"host":{"/run/r.sock:":"","s1:26379":""}}`,
		"a]=3":                              `{"a]":"3"}`,
		"a[b]]=4":                           `{"a":{"b":"4"}}`,
		"a[[b]=5":                           `{"a":{"[b":"5"}}`,
		"=5":                                `{}`,
		"a%5Bb%5D=1":                        `{"a":{"b":"1"}}`,
		"":                                  `{}`,
	} {
		got, err := json.Marshal(parseQuery(query))
		if err != nil || string(got) != want {
			t.Errorf("parseQuery(%q) = %s, want %s", query, got, want)
		}
	}
}

func TestPasswordsAreNeverPrinted(t *testing.T) {
	const password = "hunter2"
	for _, dsn := range []string{
		"redis://u:hunter2@h/s", "redis://hunter2@h/s", "redis://hunter2@/run/r.sock", "redis://h?auth=hunter2",
		"redis://h?auth[]=u&auth[]=hunter2", "redis://hunter2@s1?sentinel=mm&auth=hunter2",
		"redis://u:hunter2@h?bogus=1", "redis://u:hunter2@h:99999", "redis://x@hunter2@h", "redis://:hunter2,x@h",
		"redis://u:hunter2@h1,redis://h2", "redis://h?auth[a][b]=hunter2", "tcp://u:hunter2@h",
	} {
		c, err := ParseDSN(dsn)
		quoted, _ := json.Marshal(c) //nolint:staticcheck // whether it can be encoded or not, nothing of it may show
		for _, shown := range []string{
			fmt.Sprint(err), c.String(), string(quoted), printed(c), printed(c.Password),
		} {
			if strings.Contains(shown, password) || strings.Contains(shown, fmt.Sprintf("%x", password)) {
				t.Errorf("%s is printed: %s", dsn, shown)
			}
		}
	}
}

// printed shows v in every way that fmt has.
func printed(v any) string {
	var all strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q", "%t"} {
		fmt.Fprintf(&all, verb+"\n", v)
	}
	return all.String()
}

func TestConfigString(t *testing.T) {
	for dsn, want := range map[string]string{
		"redis://u:p@h/s/g/c?dbindex=2":  "redis://h:6379/s/g/c?dbindex=2",
		"rediss://h":                     "rediss://h:6379/messages/symfony",
		"redis://p@s?sentinel=mm":        "redis://s:6379/messages/symfony?sentinel=mm",
		"redis://p@h1,redis://p@h2":      "redis://h1:6379,h2:6379/messages/symfony",
		"redis://p@/run/r.sock?stream=x": "redis:///run/r.sock?group=symfony&stream=x",
	} {
		c, err := ParseDSN(dsn)
		if err != nil || c.String() != want {
			t.Errorf("String of %s = %s, %v; want %s", dsn, c, err, want)
		}
	}
}

// FuzzParseDSN checks what holds for every DSN: no panic, and a DSN that is understood is understood again from its
// own String, with the same meaning.
func FuzzParseDSN(f *testing.F) {
	for _, c := range dsnCases() {
		f.Add(c.dsn)
	}
	f.Fuzz(func(t *testing.T, dsn string) {
		c, err := ParseDSN(dsn)
		if err != nil {
			return
		}
		if c.Addr == "" || c.Stream == "" || c.Group == "" {
			t.Fatalf("ParseDSN(%q) = %s without an error", dsn, c)
		}
		options := map[string]any{"stream": c.Stream, "group": c.Group, "dbindex": c.DB}
		if c.Consumer != "" {
			options["consumer"] = c.Consumer
		}
		if c.Sentinel != "" {
			options["sentinel"] = c.Sentinel
		}
		if c.Cluster {
			options["cluster"] = true
		}
		again, err := ParseDSN(plainDSN(c), maps.Clone(options))
		if err != nil || again.Addr != c.Addr || again.Stream != c.Stream || again.Group != c.Group || again.Consumer != c.Consumer || again.DB != c.DB {
			t.Fatalf("%q is %s; read again it is %s, %v", dsn, c, again, err)
		}
	})
}

// plainDSN has the address alone. A socket's relative path has no slashes before it.
func plainDSN(c Config) string {
	if len(c.Hosts) > 0 {
		return "redis://" + strings.Join(c.Hosts, ",redis://")
	}
	if c.Network == "unix" && !strings.HasPrefix(c.Addr, "/") {
		return "redis:" + c.Addr
	}
	return "redis://" + c.Addr
}
