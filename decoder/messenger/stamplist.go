package messenger

import (
	"slices"

	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
)

// Stamp is a stamp to be added to an envelope.
type Stamp struct {
	Class string
	// Properties adds the properties of the stamp, each after its name.
	Properties func(b *phpserialize.Builder)
	// JSON is what the Symfony serializer makes of the stamp, to be encoded. Only messages of that need it.
	JSON any
}

// stampSet is the stamps of an envelope while they are changed: lists by class, in the order in which the classes were
// first added. Its methods do what those of Envelope.php do.
type stampSet []stampList

// stampList is the stamps of one class, oldest first.
type stampList struct {
	class string
	was   phpvalue.Value // the list before; the zero Value for a new one
	items []stampItem
}

// stampItem is one stamp: one that was there, or a new one.
type stampItem struct {
	was   phpvalue.Value // an Object, or what JSON has in its place
	json  []byte         // how a JSON header spells it
	added *Stamp
}

// stampSet returns the stamps of e, to be changed.
func (e Envelope) stampSet() stampSet {
	var set stampSet
	for it := e.stamps.Children(); it.Next(); {
		list := stampList{was: it.Value()}
		if list.was.KeyKind() == phpvalue.TextKey {
			list.class = string(list.was.TextKey())
		}
		for items := list.was.Resolve().Children(); items.Next(); {
			list.items = append(list.items, stampItem{was: items.Value()})
		}
		set = append(set, list)
	}
	return set
}

func (s stampSet) index(class string) int {
	return slices.IndexFunc(s, func(l stampList) bool { return l.class == class })
}

// all returns the stamps of class (Envelope::all).
func (s stampSet) all(class string) []stampItem {
	if i := s.index(class); i >= 0 {
		return s[i].items
	}
	return nil
}

// last returns the newest stamp of class that was there before; the zero Value when there isn't one (Envelope::last).
func (s stampSet) last(class string) phpvalue.Value {
	for _, item := range slices.Backward(s.all(class)) {
		if item.added == nil {
			return item.was.Resolve()
		}
	}
	return phpvalue.Value{}
}

// with adds a stamp after those of its class, a new class after all others (Envelope::with).
func (s *stampSet) with(item stampItem, class string) {
	i := s.index(class)
	if i < 0 {
		*s = append(*s, stampList{class: class})
		i = len(*s) - 1
	}
	(*s)[i].items = append((*s)[i].items, item)
}

func (s *stampSet) add(stamps ...Stamp) {
	for i := range stamps {
		s.with(stampItem{added: &stamps[i]}, stamps[i].Class)
	}
}

// without removes all stamps of a class (Envelope::withoutAll).
func (s *stampSet) without(class string) {
	*s = slices.DeleteFunc(*s, func(l stampList) bool { return l.class == class })
}

// historySize is how many stamps of one class a retry leaves (SendFailedMessageForRetryListener::withLimitedHistory).
const historySize = 10

// addLimited adds stamps. Where there are ten of a class the first, the newest eight and the new one stay, and the
// class moves after all others.
func (s *stampSet) addLimited(stamps ...Stamp) {
	for i := range stamps {
		class, item := stamps[i].Class, stampItem{added: &stamps[i]}
		history := s.all(class)
		if len(history) < historySize {
			s.with(item, class)
			continue
		}
		kept := slices.Concat(history[:1], history[len(history)-historySize+2:], []stampItem{item})
		s.without(class)
		*s = append(*s, stampList{class: class, items: kept})
	}
}

// build adds the stamps as the value of the property stamps. A class without stamps is left out: Symfony 7.4 refuses an
// empty list.
func (s stampSet) build(b *phpserialize.Builder, was phpvalue.Value) {
	if was.Exists() {
		b.OpenLike(was)
	} else {
		b.OpenArray()
	}
	for _, list := range s {
		list.build(b)
	}
	b.Close()
}

func (l stampList) build(b *phpserialize.Builder) {
	if l.was.Exists() && l.was.KeyKind() == phpvalue.IntKey || l.was.Exists() && l.was.Kind() != phpvalue.Array {
		b.CopyKey(l.was)
		b.Copy(l.was)
		return
	}
	if len(l.items) == 0 {
		return
	}
	b.Name(l.class)
	if l.was.Exists() {
		b.OpenLike(l.was)
	} else {
		b.OpenArray()
	}
	var next int64
	for _, item := range l.items {
		next = item.build(b, next, l.was.Exists())
	}
	b.Close()
}

// build adds the stamp under the key next, or under its own where the list was there before, and returns the key of
// the next one.
func (i stampItem) build(b *phpserialize.Builder, next int64, ownKey bool) int64 {
	if i.added == nil {
		if ownKey && i.was.KeyKind() == phpvalue.IntKey {
			next = max(next, i.was.IntKey())
		}
		b.Index(next)
		b.Copy(i.was)
		return next + 1
	}
	b.Index(next)
	b.OpenObject(i.added.Class)
	i.added.Properties(b)
	b.Close()
	return next + 1
}
