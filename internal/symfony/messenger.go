package symfony

import (
	"fmt"
	"slices"
	"strings"

	"envelog/internal/secret"
)

// messenger returns the configurations of framework.messenger in their order, and where Messenger was switched off last, if
// nothing after that switches it on again. Giving it options alone does not, once it is off.
func (a *Application) messenger() (sections []*value, off Position, err error) {
	for _, configuration := range a.loader.extensions["framework"] {
		framework, err := a.resolver.follow(configuration)
		if err != nil {
			return nil, off, err
		}
		if err := framework.unknownKey(); err != nil {
			return nil, off, err
		}
		raw := framework.item("messenger")
		if raw == nil {
			continue
		}
		section, err := a.resolver.follow(raw)
		if err != nil {
			return nil, off, err
		}
		switch enabled := section.item("enabled"); {
		case section.data == false || enabled != nil && enabled.data == false:
			off = raw.at
		case section.kind == scalar || enabled != nil:
			off = Position{}
		}
		if section.kind == dict {
			section = section.underscored()
			if err := a.checkSection(section); err != nil {
				return nil, off, err
			}
			sections = append(sections, section)
		}
	}
	return sections, off, nil
}

// checkSection refuses a key that looks like one of those that are read, and is none, and one that the application's release
// does not have. Others may belong to a later Symfony.
func (a *Application) checkSection(section *value) error {
	if err := section.unknownKey(); err != nil {
		return err
	}
	for i, name := range section.keys {
		isKnown := slices.ContainsFunc(messengerKeys(), func(k key) bool { return k.name == name })
		if !isKnown && nearest(name, namesOf(messengerKeys())) == "" {
			continue
		}
		if err := a.checkKey(name, "framework.messenger", messengerKeys(), section.items[i].at); err != nil {
			return err
		}
	}
	return nil
}

// last returns the last value of a setting of framework.messenger, resolved; null when there isn't one.
func (a *Application) last(path ...string) (*value, error) {
	sections, _, err := a.messenger()
	if err != nil {
		return nil, err
	}
	found := &value{}
	for _, section := range sections {
		v, err := a.inside(section, path)
		if err != nil {
			return nil, err
		}
		if v != nil {
			found = v
		}
	}
	return a.resolver.resolve(found)
}

// inside goes down from key to key; nil when one of them is not there.
func (a *Application) inside(v *value, path []string) (*value, error) {
	for _, key := range path {
		var err error
		if v, err = a.resolver.follow(v); err != nil {
			return nil, err
		}
		if v = v.item(key); v == nil {
			return nil, nil
		}
	}
	return v, nil
}

// text returns a setting of framework.messenger that is a text, with fallback for none.
func (a *Application) text(fallback string, path ...string) (string, Origin, error) {
	v, err := a.last(path...)
	if err != nil || v.isNull() {
		return fallback, Origin{}, err
	}
	if v.kind != scalar {
		return "", Origin{}, invalid(v.at, "%s has to be text, and is %s", strings.Join(path, "."), v.typeName())
	}
	return phpString(v.data), origin(v), nil
}

// FailureTransport returns the transport for messages that fail for good when theirs names none, "" when there isn't one.
func (a *Application) FailureTransport() (string, Origin, error) {
	return a.text("", "failure_transport")
}

// DefaultSerializer returns the service that transports use when they name none.
func (a *Application) DefaultSerializer() (string, Origin, error) {
	return a.text("messenger.transport.native_php_serializer", "serializer", "default_serializer")
}

// DefaultBus returns the service id of the bus that messages without a BusNameStamp go to.
func (a *Application) DefaultBus() (string, Origin, error) {
	bus, from, err := a.text("", "default_bus")
	if err != nil || bus != "" {
		return bus, from, err
	}
	buses, err := a.buses()
	switch {
	case err != nil:
		return "", Origin{}, err
	case len(buses.keys) == 0:
		return "messenger.bus.default", Origin{}, nil
	case len(buses.keys) == 1:
		return buses.keys[0], origin(buses.items[0]), nil
	}
	return "", Origin{}, invalid(buses.items[1].at, "there are %d buses, and default_bus names none of them", len(buses.keys))
}

// buses merges framework.messenger.buses of all files by name.
func (a *Application) buses() (*value, error) {
	sections, _, err := a.messenger()
	if err != nil {
		return nil, err
	}
	all := &value{kind: dict}
	for _, section := range sections {
		buses, err := a.resolver.follow(orNull(section.item("buses")))
		if err != nil {
			return nil, err
		}
		for i, name := range buses.keys {
			if all.item(name) == nil {
				all.keys, all.items = append(all.keys, name), append(all.items, buses.items[i])
			}
		}
	}
	return all, nil
}

func orNull(v *value) *value {
	if v == nil {
		return &value{}
	}
	return v
}

// A definition is what one configuration says of one transport.
type definition struct {
	name  string
	value *value
}

// isNameless tells whether only PHP knows the name of the transport.
func (d definition) isNameless() bool { return strings.HasPrefix(d.name, unknownPrefix) }

// definitions returns what all configurations say of transports, in their order.
func (a *Application) definitions() ([]definition, error) {
	sections, off, err := a.messenger()
	if err != nil {
		return nil, err
	}
	if off != (Position{}) {
		return nil, invalid(off, "Messenger is disabled here")
	}
	var all []definition
	for _, section := range sections {
		transports, err := a.resolver.follow(orNull(section.item("transports")))
		if err != nil {
			return nil, err
		}
		for i, item := range transports.items {
			d := definition{value: item}
			if transports.kind == dict {
				d.name = transports.keys[i]
			}
			if name := item.item("name"); name != nil {
				d.name = phpString(name.data)
			}
			if d.name == "" {
				return nil, invalid(item.at, "a transport in a list has to have a name")
			}
			if secret.Text(d.name) != d.name {
				return nil, invalid(item.at, "the name of a transport is a DSN, where async: 'redis://...' is expected")
			}
			all = append(all, d)
		}
	}
	return all, nil
}

// TransportNames returns the names of all transports in the order of the configuration. Configuration in a file that could
// not be read is an error.
func (a *Application) TransportNames() ([]string, error) {
	definitions, err := a.definitions()
	if err == nil {
		err = a.unreadAbout("Messenger", unread.configuresMessenger)
	}
	if err != nil {
		return nil, fmt.Errorf("read the transports: %w", err)
	}
	var names []string
	for _, d := range definitions {
		if !d.isNameless() && !slices.Contains(names, d.name) {
			names = append(names, d.name)
		}
	}
	return names, nil
}

// A Route says which transports get the messages of a class.
type Route struct {
	Class      string // a class, an interface, a namespace as App\Message\*, or *
	Transports []string
	Origin     Origin
}

// Routing returns the routes in the order of the configuration. Routes that are attributes of PHP classes (#[AsMessage],
// since Symfony 7.2) are not among them.
func (a *Application) Routing() ([]Route, error) {
	sections, _, err := a.messenger()
	if err != nil {
		return nil, err
	}
	var routes []Route
	for _, section := range sections {
		routing, err := a.resolver.follow(orNull(section.item("routing")))
		if err != nil {
			return nil, err
		}
		if routing.kind == list && len(routing.items) > 0 {
			return nil, invalid(routing.at, "routing has to be a map from class to transport")
		}
		for i, class := range routing.keys {
			route, err := a.route(class, routing.items[i])
			if err != nil {
				return nil, err
			}
			at := slices.IndexFunc(routes, func(r Route) bool { return r.Class == class })
			if at < 0 {
				at = len(routes)
				routes = append(routes, route)
			}
			routes[at] = route
		}
	}
	return routes, nil
}

// route reads the forms App\Message: async, App\Message: [async, audit] and App\Message: {senders: [async]}.
func (a *Application) route(class string, raw *value) (Route, error) {
	v, err := a.resolver.resolve(raw)
	if err != nil {
		return Route{}, err
	}
	if senders := v.item("senders"); senders != nil {
		v = senders
	}
	r := Route{Class: class, Origin: origin(v)}
	names := v.items
	if v.kind == scalar {
		names = []*value{v}
	}
	for _, name := range names {
		if name.kind != scalar || name.isNull() {
			return Route{}, invalid(name.at, "the name of a transport is expected, and is %s", name.typeName())
		}
		r.Transports = append(r.Transports, strings.TrimPrefix(phpString(name.data), "messenger.transport."))
	}
	return r, nil
}
