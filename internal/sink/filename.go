package sink

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"envelog/internal/filename"
)

// The suffixes of log files that were compressed.
const (
	Gzip = ".gz"
	Zstd = ".zst"
)

const (
	logSuffix = ".log"
	maxNumber = 999_999_999 // of a file of one day
)

// FileName is what the name of a log file says: <channel>-<YYYY-MM-DD>[.<number>].log, and .gz or .zst after that when
// it is compressed.
type FileName struct {
	Channel string // encoded, see [filename.Encode]
	Day     string // YYYY-MM-DD
	Number  int    // 0: the first of its day, whose name has no number
	Packed  string // Gzip, Zstd, or nothing
}

// ParseFileName reads a name as [FileName.String] writes it; ok reports whether it is one. Other programs may use such
// names too, as Monolog's RotatingFileHandler does.
func ParseFileName(name string) (n FileName, ok bool) {
	stem := name
	for _, suffix := range []string{Gzip, Zstd} {
		if rest, found := strings.CutSuffix(stem, suffix); found {
			stem, n.Packed = rest, suffix
			break
		}
	}
	stem, ok = strings.CutSuffix(stem, logSuffix)
	if !ok {
		return FileName{}, false
	}
	if n.Channel, n.Day, ok = cutDay(stem); !ok {
		dot := strings.LastIndexByte(stem, '.')
		n.Number, _ = strconv.Atoi(stem[dot+1:])
		n.Channel, n.Day, ok = cutDay(stem[:max(dot, 0)])
	}
	ok = ok && n.Number <= maxNumber && n.String() == name
	return n, ok
}

// cutDay takes "app-2026-11-23" apart.
func cutDay(stem string) (channel, day string, ok bool) {
	at := len(stem) - len(time.DateOnly)
	if at < 2 || stem[at-1] != '-' {
		return "", "", false
	}
	channel, day = stem[:at-1], stem[at:]
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return "", "", false
	}
	_, err := filename.Decode(channel)
	return channel, day, err == nil || channel == filename.Reserved || errors.Is(err, filename.ErrShortened)
}

// String returns the name.
func (n FileName) String() string {
	number := ""
	if n.Number > 0 {
		number = "." + strconv.Itoa(n.Number)
	}
	return n.Channel + "-" + n.Day + number + logSuffix + n.Packed
}

// Series returns the name of the first file of the same channel and day.
func (n FileName) Series() FileName { return FileName{Channel: n.Channel, Day: n.Day} }
