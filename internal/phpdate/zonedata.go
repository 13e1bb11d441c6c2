package phpdate

import (
	"archive/zip"
	"bytes"
	_ "embed" // the data below
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// zoneinfo is the tz database, made by zoneinfo.sh. It is embedded, rather than Go's own, because rules for dates to come
// change several times a year, and Go's data are as old as the Go that built the program.
//
//go:embed zoneinfo.zip
var zoneinfo []byte

// versionFile is the file of the database that says which version it is, such as 2026f.
const versionFile = "+VERSION"

// database finds the zones of one tz database, in whatever case their names are written.
type database struct {
	version string
	files   map[string]*zip.File // by name in lower case
}

// embedded returns the database that is part of the program.
var embedded = sync.OnceValues(func() (*database, error) {
	archive, err := zip.NewReader(bytes.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		return nil, fmt.Errorf("open embedded time zones: %w", err)
	}
	d := &database{files: make(map[string]*zip.File, len(archive.File))}
	for _, f := range archive.File {
		d.files[strings.ToLower(f.Name)] = f
	}
	version, err := d.read(versionFile)
	d.version = strings.TrimSpace(string(version))
	return d, err
})

// read returns the file called name in any case. An error is fs.ErrNotExist when
// there is none.
func (d *database) read(name string) ([]byte, error) {
	file := d.files[strings.ToLower(name)]
	if file == nil {
		return nil, os.ErrNotExist
	}
	r, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("open embedded zone %s: %w", name, err)
	}
	return io.ReadAll(r)
}

// EmbeddedVersion returns which version of the tz database the program carries, such as 2026f.
func EmbeddedVersion() string {
	d, err := embedded()
	if err != nil {
		return ""
	}
	return d.version
}

// hostDirectory is where a machine has its own tz database, on Debian, Alpine, Red Hat and macOS alike.
const hostDirectory = "/usr/share/zoneinfo"

// HostVersion returns which version of the tz database this machine has; empty when it has none that says so.
func HostVersion() string { return versionIn(hostDirectory) }

func versionIn(dir string) string {
	if text, err := os.ReadFile(filepath.Join(dir, versionFile)); err == nil {
		return strings.TrimSpace(string(text))
	}
	file, err := os.Open(filepath.Join(dir, "tzdata.zi"))
	if err != nil {
		return ""
	}
	defer file.Close() //nolint:errcheck // it was read
	var head [64]byte
	n, _ := io.ReadFull(file, head[:])
	line, _, _ := strings.Cut(string(head[:n]), "\n")
	version, _ := strings.CutPrefix(line, "# version ")
	if version == line {
		return ""
	}
	return version
}

// Version returns which version of the tz database is used: the newer of the embedded one and the machine's.
func Version() string { return max(EmbeddedVersion(), HostVersion()) }

// newerOnHost tells, once for the life of the process, whether the machine's database is the newer one.
var newerOnHost = sync.OnceValue(func() bool { return HostVersion() > EmbeddedVersion() })

// LoadLocation returns the zone of the tz database called name, in any case; the location has the name as it was given.
// It is of the newer of the embedded database and the machine's. An error is an [ErrUnknownZone].
func LoadLocation(name string) (*time.Location, error) {
	if !isIdentifier(name) || len(name) > maxZoneName {
		return nil, unknownZone(name)
	}
	if newerOnHost() {
		if location, err := loadFrom(hostDirectory, name); err == nil {
			return location, nil
		}
	}
	return loadEmbedded(name)
}

func loadEmbedded(name string) (*time.Location, error) {
	d, err := embedded()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknownZone, err)
	}
	data, err := d.read(name)
	if err != nil {
		return nil, unknownZone(name)
	}
	return parseZone(name, data)
}

// loadFrom reads a zone of a machine's database: in the spelling that the embedded one knows, or as it is given.
func loadFrom(dir, name string) (*time.Location, error) {
	spelled := name
	if d, err := embedded(); err == nil {
		if file := d.files[strings.ToLower(name)]; file != nil {
			spelled = file.Name
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, spelled))
	if err != nil {
		return nil, unknownZone(name)
	}
	return parseZone(name, data)
}

func parseZone(name string, data []byte) (*time.Location, error) {
	location, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrUnknownZone, name, err)
	}
	return location, nil
}

func unknownZone(name string) error {
	return fmt.Errorf("%w: %.64q (tz database %s)", ErrUnknownZone, name, Version())
}
