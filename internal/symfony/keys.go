package symfony

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"envelog/internal/secret"
)

// A release of Symfony, as 701 for 7.1; 0 when it is not known, or for all.
type release int

func (r release) String() string { return fmt.Sprintf("%d.%d", r/100, r%100) }

// A key is one that Symfony knows in a part of framework.messenger, and what becomes of it here.
type key struct {
	name  string
	since release // the first release that has it; 0 for 5.4 and before
	// effect says what becomes of it here, for docs/symfony.md.
	effect string
	// note is said when it is set, because it means something that envelog does not do; "" for nothing.
	note string
	// cure makes the note an error, and says what to do; "" for none.
	cure string
}

// The keys of Symfony 5.4 to 8.2 (FrameworkBundle, Configuration::addMessengerSection). A new release is a line here; the
// table of docs/symfony.md is made of them.

func messengerKeys() []key {
	return []key{
		{name: "enabled", effect: "read"},
		{name: "transports", effect: "read"},
		{name: "routing", effect: "read"},
		{name: "serializer", effect: "read: default_serializer"},
		{name: "failure_transport", effect: "read"},
		{name: "default_bus", effect: "read"},
		{name: "buses", effect: "read: their names"},
		{name: "reset_on_message", effect: "of PHP alone"}, // until 6.4
		{name: "stop_worker_on_signals", effect: "of PHP alone; envelog stops at SIGTERM, SIGINT and SIGQUIT"},
		{name: "identity_stamps", since: 802, effect: "of PHP alone"},
	}
}

func transportKeys() []key {
	return []key{
		{name: "dsn", effect: "read"},
		{name: "serializer", effect: "read"},
		{name: "options", effect: "read; null is not set"},
		{name: "failure_transport", effect: "read"},
		{name: "retry_strategy", effect: "read"},
		{name: "rate_limiter", since: 602, effect: "not obeyed, with a warning"},
		{name: "priority", since: 802, effect: "read: the order in which all are consumed"},
		{name: "sign", since: 802, effect: "obeyed: a message without a valid signature is refused"},
		{name: "outbox", since: 802, effect: "of PHP alone: it concerns senders"},
		{
			name: "inbox", since: 802, effect: "not obeyed, with a warning",
			note: "envelog writes each entry once, but does not look into the inbox: a message that a relay sent twice is two entries, and two lines",
		},
		{
			name: "claim_check", since: 802, effect: "refused: large messages are elsewhere",
			note: "large messages are in a cache pool, and only a reference to them in the transport, which envelog cannot follow: such log records could not be written",
			cure: "take claim_check from the transport of log records; with a DSN in its place envelog sends the large ones to the failure transport",
		},
	}
}

func retryKeys() []key {
	return []key{
		{name: "service", effect: "refused: only PHP can run it"},
		{name: "max_retries", effect: "read"},
		{name: "delay", effect: "read"},
		{name: "multiplier", effect: "read"},
		{name: "max_delay", effect: "read"},
		{name: "jitter", since: 701, effect: "read"},
	}
}

func namesOf(keys []key) (names []string) {
	for _, k := range keys {
		names = append(names, k.name)
	}
	return names
}

// checkKey says what is wrong with a key: that Symfony does not have it, or not in the application's release, or that
// envelog cannot do what it asks for. owner is what has the key, as "a transport".
func (a *Application) checkKey(name, owner string, keys []key, at Position) error {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return invalid(at, "%s has no option %q%s", owner, secret.Text(name), suggest(name, namesOf(keys)))
	}
	k, installed, from := keys[i], a.installed(), a.installedIn
	switch {
	case installed > 0 && k.since > installed:
		return &Error{Position: at, Cure: "take it out, or update Symfony", Err: problem{
			fmt.Sprintf("%s has no option %q in Symfony %v (%s); it is there since %v", owner, name, installed, from, k.since), ErrInvalid}}
	case k.cure != "":
		return &Error{Position: at, Cure: k.cure, Err: problem{fmt.Sprintf("%s with %s: %s", owner, name, k.note), ErrNeedsPHP}}
	}
	return nil
}

// noteOf returns what is said of a key that is set; "" for nothing.
func noteOf(name string, keys []key) string {
	for _, k := range keys {
		if k.name == name {
			return k.note
		}
	}
	return ""
}

// installed returns the application's release of Symfony, by vendor/composer/installed.json or composer.lock; 0 when
// neither tells.
func (a *Application) installed() release {
	if a.installedIn != "" {
		return a.installedRelease
	}
	vendor := or(a.composer.Config.VendorDir, "vendor")
	for _, file := range []string{vendor + "/composer/installed.json", "composer.lock"} {
		var packages struct {
			Packages []struct{ Name, Version string }
		}
		content, err := readFile(filepath.Join(a.Dir, file))
		if err != nil || json.Unmarshal(content, &packages) != nil {
			continue
		}
		for _, p := range packages.Packages {
			var major, minor int
			if p.Name != "symfony/framework-bundle" {
				continue
			}
			if n, _ := fmt.Sscanf(strings.TrimPrefix(p.Version, "v"), "%d.%d", &major, &minor); n == 2 {
				a.installedRelease, a.installedIn = release(major*100+minor), file
				return a.installedRelease
			}
		}
	}
	a.installedIn = "-"
	return 0
}
