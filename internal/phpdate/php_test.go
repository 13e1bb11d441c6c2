//go:build integration || compat

package phpdate

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"envelog/internal/phptest"
)

// unserialize prints, for each line of standard input that is a date, what PHP makes of it.
const unserialize = `while (($line = fgets(STDIN)) !== false) {
	[$local, $kind, $zone] = explode('|', trim($line));
	$date = DateTimeImmutable::__set_state(['date' => $local, 'timezone_type' => (int) $kind, 'timezone' => $zone]);
	echo $date->format('U e P'), "\n";
}`

// TestTimeAsPHP compares thousands of local times, half of them about the hours when clocks change, with real PHP.
func TestTimeAsPHP(t *testing.T) {
	zoneNames := []string{"Europe/Paris", "Europe/London", "Europe/Dublin", "America/New_York", "America/Los_Angeles",
		"America/Sao_Paulo", "America/St_Johns", "Australia/Lord_Howe", "Australia/Sydney", "Asia/Kolkata", "Asia/Tehran",
		"Asia/Tokyo", "Africa/Casablanca", "Pacific/Apia", "Pacific/Chatham", "Antarctica/Troll", "Etc/GMT+5", "UTC"}
	random := rand.New(rand.NewPCG(2026, 11))
	zones := Zones{identifiers: func(name string) (*time.Location, error) { return loadFrom(hostDirectory, name) }} // as PHP does
	var asked []Date
	for _, name := range zoneNames {
		for range 500 {
			asked = append(asked, randomDate(t, random, &zones, name))
		}
	}
	for i, line := range ask(t, asked) {
		got, err := zones.Time(asked[i])
		if err != nil {
			t.Fatal(err)
		}
		if text := spellUnix(got); text != line {
			t.Errorf("%s %s: got %s, PHP has %s", asked[i].Local, asked[i].Zone, text, line)
		}
	}
}

func randomDate(t *testing.T, random *rand.Rand, zones *Zones, name string) Date {
	t.Helper()
	location, err := zones.Location(KindIdentifier, []byte(name))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(random.Int64N(2_200_000_000), 841_400_000).In(location)
	if _, end := at.ZoneBounds(); !end.IsZero() && random.IntN(2) == 0 {
		at = end.Add(time.Duration(random.IntN(4*3600)-2*3600) * time.Second)
	}
	clockOfAnotherZone := at.Add(time.Duration(random.IntN(3)-1) * time.Hour)
	return Date{Local: []byte(clockOfAnotherZone.Format("2006-01-02 15:04:05.000000")), Kind: KindIdentifier, Zone: []byte(name)}
}

func ask(t *testing.T, dates []Date) []string {
	t.Helper()
	input := make([]string, len(dates))
	for i, d := range dates {
		input[i] = fmt.Sprintf("%s|%d|%s", d.Local, d.Kind, d.Zone)
	}
	return phptest.Answers(t, unserialize, input)
}

func spellUnix(t time.Time) string {
	_, offset := t.Zone()
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("%d %s %c%02d:%02d", t.Unix(), t.Location(), sign, offset/3600, offset/60%60)
}
