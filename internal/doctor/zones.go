package doctor

import "fmt"

// examineZones compares the tz database that envelog carries with the machine's, "" when it has none. The newer one is used.
func examineZones(found *Findings, embedded, host string) {
	const check = "time zones"
	if host > embedded {
		found.ok(check, "the machine's tz database %s is newer than the %s that envelog carries, and is used", host, embedded)
		return
	}
	if host == "" {
		host = "none"
	}
	found.ok(check, "%s", fmt.Sprintf("tz database %s, which envelog carries (the machine has %s)", embedded, host))
}
