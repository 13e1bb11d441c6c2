package decoder

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"envelog/internal/phpdate"
	"envelog/phpvalue"
	"envelog/record"
)

// field is a part of a record that a property can mean.
type field uint8

const (
	fieldChannel field = iota
	fieldLevel
	fieldMessage
	fieldContext
	fieldExtra
	fieldTimestamp
	fieldRecord // a Monolog record, as an object or an array, that holds the others
	fields
)

// String returns the name under which Options.Mapping knows the field.
func (f field) String() string {
	return [fields]string{"channel", "level", "message", "context", "extra", "timestamp", "record"}[f]
}

// usualNames returns the properties that mean f, the first that is there and not null first.
func (f field) usualNames() []string {
	switch f {
	case fieldLevel:
		return []string{"level", "levelName", "level_name"}
	case fieldTimestamp:
		return []string{"timestamp", "datetime", "dateTime", "createdAt"}
	}
	return []string{f.String()}
}

// mapping says by the plain name of a property what it means.
type mapping map[string]meaning

// meaning is a field, and how much the name is to be preferred: lower ranks win.
type meaning struct {
	field field
	rank  uint8
}

// newMapping returns the table of the usual names, with those of custom in their place.
func newMapping(custom map[string]string) (mapping, error) {
	m := mapping{}
	for f := range fields {
		if _, ok := custom[f.String()]; ok {
			continue
		}
		for rank, name := range f.usualNames() {
			m[name] = meaning{f, uint8(rank)}
		}
	}
	used := map[string]string{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(custom)) {
		property := custom[name]
		f, ok := fieldNamed(name)
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("map %q: a record has only %s", name, fieldNames()))
		case property == "":
			errs = append(errs, fmt.Errorf("map %s: the name of the property is empty", name))
		case used[property] != "":
			errs = append(errs, fmt.Errorf("map %s: property %q is mapped to %s", name, property, used[property]))
		}
		used[property] = name
		m[property] = meaning{field: f}
	}
	return m, errors.Join(errs...)
}

func fieldNamed(name string) (field, bool) {
	for f := range fields {
		if f.String() == name {
			return f, true
		}
	}
	return 0, false
}

func fieldNames() string {
	var names []string
	for f := range fields {
		names = append(names, f.String())
	}
	return strings.Join(names, ", ")
}

// parts are the values of a message by what they mean. A value that is missing or null does not exist.
type parts [fields]struct {
	value phpvalue.Value
	rank  uint8
}

// names knows what the names of properties mean. Messages of one class have the same properties in the same order, so that
// it remembers what it found at each place.
type names struct {
	mapping
	latest [16]latestName // by the place of the property
}

// latestName is a name as it is serialized, and what it means.
type latestName struct {
	mangled []byte
	meaning meaning
	known   bool
}

// meaningOf returns what the property at this place means, and whether it means anything.
func (n *names) meaningOf(mangled []byte, place int) (meaning, bool) {
	if place >= len(n.latest) {
		return n.find(mangled)
	}
	latest := &n.latest[place]
	if !bytes.Equal(latest.mangled, mangled) || latest.mangled == nil {
		latest.mangled = append(latest.mangled[:0], mangled...)
		latest.meaning, latest.known = n.find(mangled)
	}
	return latest.meaning, latest.known
}

func (n *names) find(mangled []byte) (meaning, bool) {
	name, _ := phpvalue.SplitProperty(mangled)
	meant, ok := n.mapping[string(name)]
	return meant, ok
}

// collect adds to p the properties of v, an Object or an Array, that mean something. Of properties with the same name
// the last one wins, which is the subclass's own.
func (n *names) collect(v phpvalue.Value, p *parts) {
	place := -1
	for it := v.Children(); it.Next(); {
		c := it.Value()
		place++
		if c.KeyKind() != phpvalue.TextKey {
			continue
		}
		meant, ok := n.meaningOf(c.TextKey(), place)
		if !ok {
			continue
		}
		value := c.Resolve()
		part := &p[meant.field]
		if value.Kind() <= phpvalue.Null || part.value.Exists() && part.rank < meant.rank {
			continue
		}
		part.value, part.rank = value, meant.rank
	}
}

// toRecord fills r from the message.
func (d *Decoder) toRecord(r *record.Record) error {
	var p parts
	d.mapping.collect(d.message, &p)
	if nested := p[fieldRecord].value; nested.Kind() == phpvalue.Object || nested.Kind() == phpvalue.Array {
		d.addNested(nested, &p)
	}
	for _, f := range [...]field{fieldChannel, fieldLevel, fieldMessage, fieldTimestamp} {
		if !p[f].value.Exists() {
			return d.unmappable(&p)
		}
	}
	return d.fill(r, &p)
}

// addNested adds what is in a nested record and not in the message itself.
func (d *Decoder) addNested(nested phpvalue.Value, p *parts) {
	var inner parts
	d.mapping.collect(nested, &inner)
	for f := range fields {
		if !p[f].value.Exists() {
			p[f] = inner[f]
		}
	}
}

func (d *Decoder) fill(r *record.Record, p *parts) (err error) {
	if r.Channel, err = text(p, fieldChannel); err != nil {
		return err
	}
	if r.Message, err = text(p, fieldMessage); err != nil {
		return err
	}
	if r.Context, err = array(p, fieldContext); err != nil {
		return err
	}
	if r.Extra, err = array(p, fieldExtra); err != nil {
		return err
	}
	if r.Level, err = level(p[fieldLevel].value); err != nil {
		return failField(fieldLevel, err)
	}
	if r.Time, err = d.clock.time(p[fieldTimestamp].value); err != nil {
		return failField(fieldTimestamp, err)
	}
	r.WholeSeconds = phpdate.WholeSeconds(p[fieldTimestamp].value)
	return nil
}

func text(p *parts, f field) ([]byte, error) {
	v := p[f].value
	if v.Kind() != phpvalue.String {
		return nil, failField(f, fmt.Errorf("%w: %s, not a string", ErrUnmappable, kindName(v)))
	}
	return v.Text(), nil
}

func array(p *parts, f field) (phpvalue.Value, error) {
	v := p[f].value
	if v.Exists() && v.Kind() != phpvalue.Array {
		return v, failField(f, fmt.Errorf("%w: %s, not an array", ErrUnmappable, kindName(v)))
	}
	return v, nil
}

func failField(f field, err error) error {
	return &Error{Layer: LayerMessage, Path: f.String(), Err: err}
}

// unmappable says what the message lacks, what it has, and what can be done.
func (d *Decoder) unmappable(p *parts) error {
	var missing []string
	for _, f := range [...]field{fieldChannel, fieldLevel, fieldMessage, fieldTimestamp} {
		if !p[f].value.Exists() {
			missing = append(missing, f.String())
		}
	}
	reason := ErrUnmappable
	switch {
	case d.uncertain && !p[fieldChannel].value.Exists() && !p[fieldLevel].value.Exists():
		reason = errOtherKind
	case d.uncertain && len(missing) > 1: // one alone is a log record with something wrong
		reason = errUncertainField
	}
	advice := ""
	if d.advise != nil {
		advice = "; " + d.advise(missing[0])
	}
	return fail(LayerMessage, fmt.Errorf("%w: %s of class %.100q has no %s (properties: %s%s)",
		reason, kindName(d.message), d.named, strings.Join(missing, ", "), keys(d.message), advice))
}
