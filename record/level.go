package record

import "strconv"

// Level is a Monolog level by its number (Monolog Level.php); greater is more severe.
type Level uint16

// Monolog's eight levels, the same in Monolog 2 and 3.
const (
	Debug     Level = 100
	Info      Level = 200
	Notice    Level = 250
	Warning   Level = 300
	Error     Level = 400
	Critical  Level = 500
	Alert     Level = 550
	Emergency Level = 600
)

// String returns Monolog's upper-case name, such as WARNING, or the number of a level that Monolog does not have.
func (l Level) String() string {
	switch l {
	case Debug:
		return "DEBUG"
	case Info:
		return "INFO"
	case Notice:
		return "NOTICE"
	case Warning:
		return "WARNING"
	case Error:
		return "ERROR"
	case Critical:
		return "CRITICAL"
	case Alert:
		return "ALERT"
	case Emergency:
		return "EMERGENCY"
	}
	return strconv.Itoa(int(l))
}

// LevelFromNumber returns the level with Monolog's number n, and whether there is one.
func LevelFromNumber(n int64) (Level, bool) {
	switch Level(n) {
	case Debug, Info, Notice, Warning, Error, Critical, Alert, Emergency:
		return Level(n), n > 0 && n <= int64(Emergency)
	}
	return 0, false
}

// LevelFromName returns the level called name: Monolog's or PSR-3's spelling, in any case ("WARNING", "warning",
// "Warning" as in the cases of Monolog\Level), and whether there is one.
func LevelFromName(name []byte) (Level, bool) {
	var upper [len("EMERGENCY")]byte
	if len(name) > len(upper) {
		return 0, false
	}
	for i, c := range name {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	switch string(upper[:len(name)]) {
	case "DEBUG":
		return Debug, true
	case "INFO":
		return Info, true
	case "NOTICE":
		return Notice, true
	case "WARNING":
		return Warning, true
	case "ERROR":
		return Error, true
	case "CRITICAL":
		return Critical, true
	case "ALERT":
		return Alert, true
	case "EMERGENCY":
		return Emergency, true
	}
	return 0, false
}
