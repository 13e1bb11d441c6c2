package messenger

import (
	"errors"
	"fmt"

	"envelog/decoder/phpserialize"
	"envelog/internal/quantity"
	"envelog/phpvalue"
)

// EnvelopeClass is what PhpSerializer serializes.
const EnvelopeClass = `Symfony\Component\Messenger\Envelope`

// ErrNotEnvelope says that a value is something else than an Envelope with a message.
var ErrNotEnvelope = errors.New("not an envelope")

// Envelope is a message with its stamps. Its values are views into the tree that it was opened in.
type Envelope struct {
	root     phpvalue.Value
	property phpvalue.Value // the property stamps
	stamps   phpvalue.Value // its value, an Array
	message  phpvalue.Value // an Object, Custom or Enum
}

// Open returns the envelope that root is. Its error is an [ErrNotEnvelope] that says what root is instead.
func Open(root phpvalue.Value) (Envelope, error) {
	if root.Kind() != phpvalue.Object || string(root.Text()) != EnvelopeClass {
		return Envelope{}, fmt.Errorf("%w: it is %s", ErrNotEnvelope, describe(root))
	}
	e := Envelope{root: root}
	for it := root.Children(); it.Next(); {
		e.take(it.Value())
	}
	if e.stamps.Kind() != phpvalue.Array {
		return Envelope{}, fmt.Errorf("%w: its stamps are %s", ErrNotEnvelope, describe(e.stamps))
	}
	if k := e.message.Kind(); k != phpvalue.Object && k != phpvalue.Custom && k != phpvalue.Enum {
		return Envelope{}, fmt.Errorf("%w: its message is %s", ErrNotEnvelope, describe(e.message))
	}
	return e, nil
}

func (e *Envelope) take(property phpvalue.Value) {
	if property.KeyKind() != phpvalue.TextKey {
		return
	}
	switch name, _ := phpvalue.SplitProperty(property.TextKey()); string(name) {
	case "stamps":
		e.property, e.stamps = property, property.Resolve()
	case "message":
		e.message = property.Resolve()
	}
}

func describe(v phpvalue.Value) string {
	switch v.Kind() {
	case phpvalue.Invalid:
		return "missing"
	case phpvalue.Object, phpvalue.Custom:
		return fmt.Sprintf("an object of class %.100q", v.Text())
	case phpvalue.Enum:
		return fmt.Sprintf("the enum case %.100q", v.Text())
	case phpvalue.Array:
		return "an array of " + quantity.Count(v.Len(), "element", "elements")
	}
	return "a scalar or null"
}

// Message returns the message: an Object, or a Custom or Enum, which no log message is.
func (e Envelope) Message() phpvalue.Value { return e.message }

// Stamps returns the stamps of class, oldest first, as an Array; the zero Value when there aren't any.
func (e Envelope) Stamps(class string) phpvalue.Value { return e.stamps.Element(class).Resolve() }

// AllStamps returns all stamps, as an Array of lists by class.
func (e Envelope) AllStamps() phpvalue.Value { return e.stamps }

// AddStamps fills t with the envelope and the stamps after those that it has: each after the others of its class, a
// new class after all others, as Envelope::with() does it. Shared objects and references stay what they are.
func (e Envelope) AddStamps(t *phpvalue.Tree, stamps ...Stamp) error {
	set := e.stampSet()
	set.add(stamps...)
	return e.build(t, set)
}

// build fills t with the envelope and other stamps.
func (e Envelope) build(t *phpvalue.Tree, stamps stampSet) error {
	b := phpserialize.NewBuilder(t)
	b.OpenLike(e.root)
	for it := e.root.Children(); it.Next(); {
		b.CopyKey(it.Value())
		if it.Value() == e.property {
			stamps.build(b, e.stamps)
			continue
		}
		b.Copy(it.Value())
	}
	b.Close()
	if err := b.Finish(); err != nil {
		return fmt.Errorf("add stamps: %w", err)
	}
	return nil
}
